module example.com/team/shop

go 1.26

require github.com/plinth-iac/plinth v0.0.0

replace github.com/plinth-iac/plinth => ../..
