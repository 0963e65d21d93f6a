import asyncio
import sys

import aiohttp
import orjson


async def main() -> None:
    session = aiohttp.ClientSession(sys.argv[1], headers={"Authorization": "Bearer token"})
    async with session, session.get("/users/5e5f6a63157ed50cd2b9eaca/manage/profile") as response:
        print(orjson.loads(await response.read())["account"]["name"])


asyncio.run(main())
