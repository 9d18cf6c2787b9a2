"""Feeds to begin with, for who has none at hand; none of them is read before somebody picks it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed of the catalogue: what it is called, of what kind, about what, and where it is."""

    name: str
    kind: str
    topics: tuple[str, ...]
    language: str
    description: str
    feed: str


def catalogue(topic: str = "") -> tuple[Offer, ...]:
    """Return the feeds of a topic, or all of them."""
    page = (files("bot") / "ingest" / "feeds" / "catalogue.tsv").read_text("utf-8")
    rows = csv.DictReader(page.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    offers = (_offer(row) for row in rows)
    return tuple(offer for offer in offers if not topic or topic.casefold() in offer.topics)


def _offer(row: dict[str, str]) -> Offer:
    topics = tuple(row["topics"].split())
    return Offer(row["name"], row["kind"], topics, row["language"], row["description"], row["feed"])
