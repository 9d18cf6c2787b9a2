"""How many misheard names are found, and how many names are wrongly taken for others.

Run: python bench/misheard.py [--plants 40] [--names 2000] [--seed 7] [--show]
It reads the optional real conversations beside the project (`../shared`). Names of titles and people, and names that
several conversations have (the library), are spelt anew by the rules below in every place of one conversation, as
captions would have them, and the conversation is read again. A name is found if most of its places lead to it.
The rules know nothing of how the reader compares: they respell letters, and join, split, double, drop and add some.
Then every name in a sample of untouched conversations is read, and those that were taken for others are listed with
`--show`, to be judged by eye.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.claims.annotate import annotate

from bot.domain import Chapter, Conversation, Entity, EntityKind, Person, Role, Turn
from bot.nlp.gazetteer import common_words, default_gazetteer, given_names, lookup_key

DATA = Path(__file__).parents[2] / "shared/data/conversations"
RESPELLINGS = (
    ("qu", "kw"), ("ph", "f"), ("f", "ph"), ("x", "cks"), ("ck", "k"), ("c(?=[aoulrt])", "k"), ("k(?=[aoulr])", "c"),
    ("ee", "ea"), ("ea", "ee"), ("ai", "ay"), ("ay", "ai"), ("ou", "ow"), ("ow", "ou"), ("oo", "u"), ("er$", "or"),
    ("or$", "er"), ("y$", "ie"), ("i(?=[^aeiou])", "y"), ("tion", "shun"), ("s(?=[aeiou])", "z"), ("z", "s"),
    ("(?<=.)b", "p"), ("(?<=.)d", "t"), ("(?<=.)g(?=[aou])", "k"), ("([lmnrst])(?=[aeiou])", r"\1\1"), ("th", "t"),
    ("(?<=.)a(?=[^aeiou].)", "e"), ("(?<=.)e(?=[^aeiou].)", "a"), ("(?<=.)o(?=[^aeiou].)", "a"), ("(?<=[^cgpst])h", ""),
    ("e$", ""), ("(?<=[a-rt-z])$", "s"), ("wh", "w"), ("(?<=.)v", "f"), ("ce", "se"), ("cs$", "x"),
    (r"([a-z])\1", r"\1"),
)  # fmt: skip
MIN_PLACES, MIN_LETTERS, MIN_LIBRARY = 2, 6, 3
MOST_RULES = 2


def conversations(folder: Path) -> Iterator[Conversation]:
    """Yield the conversations of a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(conversation, map(json.loads, lines))


def conversation(record: dict[str, Any]) -> Conversation:
    """Return the conversation of a record."""
    return Conversation(
        record["id"],
        record["show"],
        record["title"],
        dt.date.fromisoformat(record["date"]),
        tuple(Turn(turn["text"], turn.get("speaker"), turn.get("t")) for turn in record["turns"]),
        people=tuple(Person(each["name"], Role(each["role"])) for each in record.get("people") or []),
        chapters=tuple(Chapter(float(each["t"]), each["title"]) for each in record.get("chapters") or []),
    )


def misspelt(name: str, chance: random.Random) -> str:
    """Return what captions might have made of a name."""
    words = name.lower().split()
    word = max(range(len(words)), key=lambda index: len(words[index]))
    cuts = [cut.end() for cut in re.finditer(r"...*?[aeiouy][^aeiouy](?=[^aeiouy]+[aeiouy]..)", words[word])]
    if cuts and chance.random() < 0.25:
        cut = chance.choice(cuts)
        words[word] = f"{words[word][:cut]} {words[word][cut:].title()}"
    else:
        for _ in range(chance.randint(1, MOST_RULES)):
            fitting = [rule for rule in RESPELLINGS if re.search(rule[0], words[word])]
            for pattern, into in chance.sample(fitting, min(1, len(fitting))):
                words[word] = re.sub(pattern, into, words[word], count=1)
    return " ".join(part[:1].upper() + part[1:] for part in words)


def is_free(heard: str, name: str, known: Collection[str]) -> bool:
    """Return whether a new spelling is no ordinary word and nobody else's name."""
    words = heard.lower().split()
    return (
        lookup_key(heard) != lookup_key(name)
        and not (len(words) == 1 and words[0] in common_words() | given_names())
        and lookup_key(heard) not in known
        and default_gazetteer().get(heard) is None
    )


def places(talk: Conversation, library: tuple[Entity, ...]) -> Counter[str]:
    """Count how often each name stands in a conversation."""
    sentences, _ = annotate(talk, library)
    return Counter(name.name for sentence in sentences for name in sentence.names)


def planted(talk: Conversation, name: str, heard: str) -> Conversation:
    """Return a conversation in which a name was heard as something else, everywhere but in its title."""
    pattern = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
    return replace(talk, turns=tuple(replace(turn, text=pattern.sub(heard, turn.text)) for turn in talk.turns))


def is_found(talk: Conversation, heard: str, name: str, library: tuple[Entity, ...]) -> bool:
    """Return whether most places of the words lead to the name."""
    sentences, _ = annotate(talk, library)
    total = hits = 0
    for sentence in sentences:
        for match in re.finditer(rf"\b{re.escape(heard)}\b", sentence.text):
            total += 1
            hits += any(
                each.start < match.end() and match.start() < each.end and each.name == name for each in sentence.names
            )
    return hits * 2 > total


def registry(talks: Sequence[Conversation]) -> tuple[Entity, ...]:
    """Return the names that several conversations have."""
    seen: defaultdict[tuple[str, EntityKind], int] = defaultdict(int)
    for talk in talks:
        sentences, _ = annotate(talk)
        for key in {(name.name, name.kind) for sentence in sentences for name in sentence.names}:
            seen[key] += 1
    return tuple(Entity(name, kind) for (name, kind), count in seen.items() if count >= MIN_LIBRARY)


def targets(talk: Conversation, library: tuple[Entity, ...], where: str) -> list[str]:
    """Return the names of a conversation that may be misheard: those of its title, or of the library alone."""
    counts, title = places(talk, library), f"{talk.title} {' '.join(person.name for person in talk.people)}"
    kinds = {entity.name: entity.kind for entity in library}
    spoken = " ".join(turn.text for turn in talk.turns)
    names = []
    for name, count in sorted(counts.items()):
        is_word = all(word.isalpha() for word in name.split()) and len(name) >= MIN_LETTERS
        ordinary = all(word in common_words() | given_names() for word in name.lower().split())
        if count < MIN_PLACES or len(name.split()) > 2 or not is_word or ordinary or spoken.count(name) < MIN_PLACES:
            continue
        in_title = re.search(rf"\b{re.escape(name)}\b", title) is not None
        known = kinds.get(name) in {EntityKind.COMPANY, EntityKind.PRODUCT}
        if in_title if where == "title" else (known and not in_title):
            names.append(name)
    return names


def plant_all(
    talks: Sequence[Conversation], library: tuple[Entity, ...], where: str, most: int, chance: random.Random
) -> Iterator[tuple[bool, str]]:
    """Yield for each misheard name, no name twice, whether it is found, and a line that says so."""
    keys, used, planned = {lookup_key(entity.name) for entity in library}, set[str](), 0
    for talk in talks:
        names = [name for name in targets(talk, library, where) if name not in used] if planned < most else []
        if not names:
            continue
        name = chance.choice(names)
        used.add(name)
        if heard := next((new for _ in range(20) if is_free(new := misspelt(name, chance), name, keys)), None):
            planned += 1
            hit = is_found(planted(talk, name, heard), heard, name, library)
            yield hit, f"  {'found' if hit else 'MISSED'} {where}: {name} heard as {heard} ({talk.id})"


def changed(talks: Sequence[Conversation], library: tuple[Entity, ...], most: int) -> Iterator[str]:
    """Yield a line for each of so many names: empty, or what it was taken for."""
    read = 0
    for talk in talks:
        sentences, _ = annotate(talk, library)
        heard = {(each.text[n.start : n.end], n.name, n.is_misheard) for each in sentences for n in each.names}
        for words, name, misheard in sorted(heard)[: most - read]:
            read += 1
            yield f"  {words} taken for {name} ({talk.id})" if misheard else ""
        if read >= most:
            return


def main() -> None:
    """Print the share of misheard names that is found, and of names that were changed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plants", type=int, default=40)
    options.add_argument("--names", type=int, default=2000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--show", action="store_true")
    asked = options.parse_args()
    chance = random.Random(asked.seed)
    talks = list(conversations(DATA))
    chance.shuffle(talks)
    library = registry(talks[len(talks) // 2 :])
    for where in ("title", "library"):
        hits = list(plant_all(talks, library, where, asked.plants // 2, chance))
        print(*(line for _, line in hits if asked.show), sep="\n")
        print(f"{where}: {sum(hit for hit, _ in hits)} of {len(hits)} misheard names found")
    lines = list(changed(talks[::-1], library, asked.names))
    print(*(line for line in lines if line and asked.show), sep="\n")
    print(f"untouched: {sum(map(bool, lines))} of {len(lines)} names taken for others")


if __name__ == "__main__":
    main()
