import sys

from atlassian.cloud_admin import CloudAdminUsers

users = CloudAdminUsers("token")
users.url = sys.argv[1]
print(users.get_profile("5e5f6a63157ed50cd2b9eaca")["account"]["name"])
