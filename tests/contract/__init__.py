"""Every operation of the catalog, called against the sandbox and held against Atlassian's OpenAPI documents."""
