"""What the offices of the demo province tell many at once: one broadcast that went out, one that is still a draft."""

from __future__ import annotations

from service.broadcasts.rules import AudienceKind
from service.broadcasts.workflow import draft_broadcast, send_broadcast
from service.demo.county import County
from service.demo.past import Life

TRAINING = "财务培训通知"
TRAINING_WORDS = "本月底县里办社会组织财务培训，免费，包午餐。想来的请回电清河县扶贫办报名。"
TRAINING_WORDS_EN = (
    "Free training in accounts for organizations at the end of this month, lunch included. Call us to join."
)
FROST = "防寒提醒"
FROST_WORDS = "下周降温，请各机构提醒农户给核桃苗包草防冻。"


def broadcasts(county: County) -> Life:
    """A notice to all organizations, sent two days ago; another one that waits for its last look (S6)."""
    at = yield county.past.ago(2.1)
    by = county.by("officer", at)
    notice = draft_broadcast(
        TRAINING, TRAINING_WORDS, AudienceKind.ORGANIZATIONS, words_en=TRAINING_WORDS_EN, by=by
    )
    send_broadcast(notice.id, by=by)
    at = yield county.past.ago(0.2)
    draft_broadcast(FROST, FROST_WORDS, AudienceKind.ORGANIZATIONS, by=county.by("officer", at))
