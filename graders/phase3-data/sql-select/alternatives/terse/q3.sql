select id,name from customers where name~*'son' order by 2,1
