"""manage.py create_store: create a salon's store, or bring it up to date."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from store.design import TEMPLATES, Design
from store.services import HostTaken, create_store


class Command(BaseCommand):
    help = "Create a salon's store or bring it up to date; published unless --draft."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True, help="its name under the platform's host")
        parser.add_argument("--name", required=True)
        parser.add_argument("--tenant-id", required=True, type=uuid.UUID, help="the salon's id in Mango Biz")
        parser.add_argument("--api-key", default="", help="the Mango Biz key; a draft may do without")
        parser.add_argument(
            "--webhook-secret",
            default=[],
            action="append",
            help="whsec_...; may be repeated; a draft may do without",
        )
        parser.add_argument(
            "--host", action="append", default=[], help="a host name of its own, already verified"
        )
        parser.add_argument("--locale", default="en-US", help="language and country, such as de-DE")
        parser.add_argument("--template", choices=sorted(TEMPLATES), help="how its front page is laid out")
        parser.add_argument("--draft", action="store_true", help="do not publish it yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            store = create_store(
                slug=options["slug"],
                name=options["name"],
                tenant_id=options["tenant_id"],
                api_key=options["api_key"],
                webhook_secrets=options["webhook_secret"],
                hosts=options["host"],
                locale=options["locale"],
                design=Design.of_template(options["template"]) if options["template"] else None,
                is_published=not options["draft"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except HostTaken as error:
            raise CommandError(f"{error} leads to another store.") from error
        state = "published" if store.is_published else "a draft"
        self.stdout.write(f"{store.name} is {state}: {store.as_info().base_url}/")
