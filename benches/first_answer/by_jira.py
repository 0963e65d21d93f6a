import sys

from jira import JIRA

print(JIRA(sys.argv[1], token_auth="token", get_server_info=False).user("5e5f6a63157ed50cd2b9eaca").account.name)
