select id,name from customers where coalesce(marketing_opt_in,false)=false
