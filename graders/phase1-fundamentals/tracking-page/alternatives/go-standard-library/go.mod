module pickup

go 1.21
