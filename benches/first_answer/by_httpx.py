import sys

import httpx

with httpx.Client(base_url=sys.argv[1], headers={"Authorization": "Bearer token"}) as client:
    print(client.get("/users/5e5f6a63157ed50cd2b9eaca/manage/profile").json()["account"]["name"])
