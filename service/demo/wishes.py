"""What people of the demo province suggest and ask by message, and how far the office has come with it."""

from __future__ import annotations

from datetime import timedelta

from service.demo.county import County
from service.demo.past import Life
from service.identification import ideas
from service.identification.queries import list_tasks
from service.identification.rules import Category
from service.procurement import questions
from service.procurement.queries import list_calls, list_lots
from service.procurement.rules import CallState


def suggestions(county: County) -> list[Life]:
    """One suggestion that nobody has looked at, one that is a task already, one that is none (I1)."""
    return [_waiting(county), _joined(county), _set_aside(county)]


def _waiting(county: County) -> Life:
    at = yield county.past.ago(1.7)
    by = county.sender("杨德昌", at)
    idea = ideas.propose_idea("冬天没活干，请人教我们在网上卖核桃和蜂蜜", by=by)
    ideas.sort_idea(idea.reference, Category.MARKETS, by=by)


def _joined(county: County) -> Life:
    at = yield county.past.ago(20)
    idea = ideas.propose_idea("村里老人吃饭难，办个食堂吧", by=county.sender("陈阿婆", at))
    at = yield county.past.ago(19)
    by = county.by("officer", at)
    ideas.join_idea(idea.id, list_tasks(by=by)[-1].id, by=by)


def _set_aside(county: County) -> Life:
    at = yield county.past.ago(9)
    idea = ideas.propose_idea("能不能给我家补助一万块钱", by=county.sender("王海生", at))
    at = yield county.past.ago(8)
    ideas.set_aside_idea(idea.id, "个人困难请找村委会申请临时救助。", by=county.by("officer", at))


def asked_about_calls(county: County) -> Life:
    """On the call that is open now: a question answered to all, one declined, one that waits (C3)."""
    at = yield county.past.ago(0.9)
    by = county.by("officer", at)
    call = next(
        one
        for one in list_calls(by=by)
        if one.state is CallState.PUBLISHED and one.deadline and one.deadline > at + timedelta(days=3)
    )
    (lot,) = list_lots(call.id, by=by)
    first, second, _third = (
        questions.ask_question(lot.number, text, by=county.sender(who, at))
        for who, text in (
            ("so1", "费用可以分两次付吗？"),
            ("so2", "你们主任电话多少"),
            ("so3", "外县的机构能不能报？"),
        )
    )
    questions.answer_question(
        first.id, wording="费用可以分两次付吗？", answer="可以，按合同约定的日期付。", by=by
    )
    questions.decline_question(second.id, "与公告无关，请打热线。", by=by)
