import sys

import orjson
import urllib3

pool = urllib3.PoolManager(headers={"Authorization": "Bearer token"})
response = pool.request("GET", f"{sys.argv[1]}/users/5e5f6a63157ed50cd2b9eaca/manage/profile")
print(orjson.loads(response.data)["account"]["name"])
