module pelican/byhand

go 1.19
