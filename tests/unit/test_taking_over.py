"""What a process held that was killed: others on its machine take it over within seconds."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bot.chat.message import Group, Message, Prose
from bot.chat.text import styled_text
from bot.delivery.leader_election import LEADER_LEASE, ReplicaGroup, SingleReplica, new_holder_id
from bot.delivery.outbox import DELIVERY_LEASE, LANDING, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.store.store import Store, open_store
from tests.fakes import FixedClock, MemoryLeases, MemoryPlatform

HERE = Address("memory", "T1", "C1")
APART = multiprocessing.get_context("spawn")


def tell_name(line: Connection) -> None:
    """Tell one's name, and wait for the end."""
    line.send(new_holder_id())
    line.recv()


@contextmanager
def another_process() -> Iterator[str]:
    """Run another process of this machine, yield its name, and kill it."""
    here, there = APART.Pipe()
    other = APART.Process(target=tell_name, args=(there,))
    other.start()
    yield here.recv()
    other.kill()
    other.join()


async def write(delivery: Delivery) -> Message:
    """Write what a delivery names."""
    return Message((Group((Prose(styled_text(delivery.what)),)),), delivery.what)


def test_the_end_of_a_neighbour_is_seen(clock: FixedClock) -> None:
    """Neither oneself nor anybody on another machine has ended as far as one knows."""
    name = new_holder_id()
    group = ReplicaGroup(MemoryLeases(), name, clock, LEADER_LEASE)
    alone = SingleReplica(name)
    with another_process() as other:
        assert not group.has_ended(other)
        assert not alone.has_ended(other)
    assert group.has_ended(other)
    assert alone.has_ended(other)
    far = other.replace(other.split("/")[1], "another boot")
    for replicas in (group, alone):
        # It may be sending on beside us, as a container does that is being replaced.
        assert not replicas.has_ended(far)
        assert not replicas.has_ended("")
        assert not replicas.has_ended(name)
        # As in a container that was started again: the number is our own, and the name isn't.
        assert replicas.has_ended(f"{name[:-8]}{'0' * 8}")


async def test_a_space_does_not_wait_for_the_lease_of_a_dead_sender(
    store: Store, place: Path | str, clock: FixedClock
) -> None:
    """All places of the space are taken by what the dead one held; within ten seconds everything is sent."""
    outbox, platform = store.outbox, MemoryPlatform()
    in_space = platform.concurrency.per_space
    deliveries = [Delivery(f"brief/{n}", f"brief {n}", Address("memory", "T1", f"C{n}")) for n in range(in_space + 9)]
    await outbox.put(deliveries, clock.now())
    with another_process() as name:
        async with open_store(place, holder=name) as dead:
            held = await dead.outbox.claim(clock.now(), DELIVERY_LEASE, in_space, "memory", in_space=in_space)
            assert len(held) == in_space
        worker = DeliveryWorker(outbox, store.subscriptions, write, {"memory": platform}, clock)
        replicas = SingleReplica(new_holder_id())
        await worker.take_over(replicas.has_ended)
        clock.moment += LANDING
        assert await worker.deliver_due() == 0
    await worker.take_over(replicas.has_ended)
    assert await worker.deliver_due() == 0
    clock.moment += LANDING
    await worker.take_over(replicas.has_ended)
    assert await worker.deliver_due() == len(deliveries)
    assert len(platform.posts) == len(deliveries)


async def test_what_is_taken_over_is_in_doubt(store: Store, place: Path | str, clock: FixedClock) -> None:
    """It may have been posted, so its new sender looks first; the old one can settle it no more."""
    await store.outbox.put([Delivery("brief/1", "brief", HERE)], clock.now())
    async with open_store(place, holder="gone") as dead:
        (held,) = await dead.outbox.claim(clock.now(), DELIVERY_LEASE, 1, "memory")
        began = clock.now()
        assert await store.outbox.release_held(lambda holder: holder == "gone", clock.now() + LANDING) == 1
        assert await store.outbox.release_held(lambda holder: holder == "gone", clock.now() + LANDING) == 0
        clock.moment += LANDING
        (taken,) = await store.outbox.claim(clock.now(), DELIVERY_LEASE, 1, "memory")
        assert taken.doubt == began
        await dead.outbox.renew([held], clock.now() + DELIVERY_LEASE)
        assert not await store.outbox.release_held(lambda holder: holder == "gone", clock.now() + LANDING)
