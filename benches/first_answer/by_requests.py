import sys

import requests

session = requests.Session()
session.headers["Authorization"] = "Bearer token"
print(session.get(f"{sys.argv[1]}/users/5e5f6a63157ed50cd2b9eaca/manage/profile").json()["account"]["name"])
