module authz-roles

go 1.24
