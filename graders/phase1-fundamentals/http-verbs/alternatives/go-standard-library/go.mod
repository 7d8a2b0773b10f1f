module pelican/lockers

go 1.19
