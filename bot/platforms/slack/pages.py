"""What a person reads in the browser while they install the app."""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from aiohttp import web

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    # The address of the page carries the code that Slack gave.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.6rem; line-height: 1.25 }}
</style>
<h1>{title}</h1>
<p>{words}</p>
<p><a href="{link}">{label}</a></p>
</html>
"""


def page(title: str, words: str, *, link: str, label: str, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return a page of a heading, a paragraph and one link; values never become markup."""
    html = _PAGE.format(title=escape(title), words=escape(words), link=escape(link), label=escape(label))
    return web.Response(text=html, content_type="text/html", charset="utf-8", status=status, headers=_HEADERS)
