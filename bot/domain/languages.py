"""Languages by their English names, in which a model may be asked to write."""

from __future__ import annotations

LANGUAGES = frozenset(
    """
    Afrikaans Albanian Arabic Armenian Azerbaijani Basque Belarusian Bengali Bosnian Bulgarian Catalan Chinese Croatian
    Czech Danish Dutch English Estonian Filipino Finnish French Galician Georgian German Greek Gujarati Hebrew Hindi
    Hungarian Icelandic Indonesian Irish Italian Japanese Kannada Kazakh Korean Latvian Lithuanian Macedonian Malay
    Malayalam Marathi Mongolian Nepali Norwegian Persian Polish Portuguese Punjabi Romanian Russian Serbian Slovak
    Slovenian Somali Spanish Swahili Swedish Tamil Telugu Thai Turkish Ukrainian Urdu Uzbek Vietnamese Welsh
    """.split()
)


def canonical_language(name: str) -> str:
    """Return the language of that English name as it is written, or "" for a name that is not known."""
    written = name.strip().title()
    return written if written in LANGUAGES else ""
