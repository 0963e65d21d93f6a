module atlassian-cloud-benches

go 1.25.0

require github.com/ctreminiom/go-atlassian/v2 v2.8.0

require (
	dario.cat/mergo v1.0.2 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/tidwall/gjson v1.18.0 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
)
