"""Whose business a request is: who may read the answer, who hears of it later, where the talk goes on."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.request import Request
from bot.domain.address import Address
from tests.conftest import NOON

CHANNEL = Address("slack", "T1", "C1", "171.5")
ANN = Address("slack", "T1", "U1")
ASKED = Request("ask", {}, "U1", CHANNEL, NOON, dm_address=ANN)


def test_who_asks_privately_hears_alone() -> None:
    """Of what they follow, too; what is asked in public concerns the channel."""
    assert ASKED.follower == ANN
    assert replace(ASKED, private=False).follower == CHANNEL.channel_address
    assert replace(ASKED, dm_address=None).follower == CHANNEL.channel_address


def test_a_private_question_leaves_no_trace_in_the_channel() -> None:
    """What one person asks for themselves is no subject of the others'; in public the thread has one."""
    assert ASKED.dialog_address == replace(ANN, thread="C1")
    assert replace(ASKED, private=False).dialog_address == CHANNEL
    assert replace(ASKED, dm_address=None).dialog_address == CHANNEL


def test_where_outsiders_read_along_only_what_is_open_is_read() -> None:
    """None stands for a reader without a space."""
    assert ASKED.reader_space == "slack:T1"
    assert replace(ASKED, has_outsiders=True).reader_space is None


def test_a_person_may_have_a_space_of_their_own() -> None:
    """What is kept of them there is theirs to read and to erase as well."""
    assert ASKED.tenants == ("slack:T1",)
    elsewhere = Address("discord", "@U1", "U1")
    assert replace(ASKED, dm_address=elsewhere).tenants == ("slack:T1", "discord:@U1")


def test_somebody_elses_direct_conversation_is_named_as_ones_own() -> None:
    """Where a person is a space of their own, too; at a console there is none."""
    assert ASKED.direct_address_of("U2") == replace(ANN, channel="U2")
    own = Address("discord", "@1", "1")
    assert replace(ASKED, user="1", dm_address=own).direct_address_of("2") == Address("discord", "@2", "2")
    assert replace(ASKED, user="1", at=own, dm_address=None).direct_address_of("2") == Address("discord", "@2", "2")
    assert replace(ASKED, dm_address=None).direct_address_of("U2") is None
