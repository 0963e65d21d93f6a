import asyncio
import sys

from atlassian_cloud import AsyncAdmin


async def main() -> None:
    async with AsyncAdmin("token", base_url=sys.argv[1]) as admin:
        print((await admin.users.get("5e5f6a63157ed50cd2b9eaca")).account.name)


asyncio.run(main())
