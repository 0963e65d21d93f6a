import sys

from atlassian_cloud import Admin

print(Admin("token", base_url=sys.argv[1]).users.get("5e5f6a63157ed50cd2b9eaca").account.name)
