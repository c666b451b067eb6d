"""Web processes spread over the processors; one that is started anew takes the place that became free."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest

from service.processors import keep_to_one_processor

ALL = os.sched_getaffinity(0)
SPAWN = multiprocessing.get_context("spawn")


def serve(told: Connection) -> None:
    keep_to_one_processor()
    told.send(os.sched_getaffinity(0))
    told.recv()


def started() -> tuple[BaseProcess, Connection, set[int]]:
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(there,), daemon=True)
    process.start()
    assert here.poll(60)
    return process, here, here.recv()


def stopped(process: BaseProcess, told: Connection) -> None:
    told.send("stop")
    process.join(30)


@pytest.mark.skipif(len(ALL) < 2, reason="one processor leaves nothing to choose")
def test_each_keeps_to_a_processor_of_its_own_and_a_new_one_to_the_free_one() -> None:
    first, second = started(), started()
    assert len(first[2]) == len(second[2]) == 1
    assert first[2].isdisjoint(second[2])
    stopped(*first[:2])
    anew = started()
    assert anew[2].isdisjoint(second[2])
    stopped(*second[:2])
    stopped(*anew[:2])


def test_this_process_itself_stays_free() -> None:
    stopped(*started()[:2])
    assert os.sched_getaffinity(0) == ALL
