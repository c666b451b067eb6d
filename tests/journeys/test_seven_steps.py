"""One procurement through all seven steps, as the guide tells it, through the HTTP doors with a clock of its own."""

from __future__ import annotations

from service.demo.story import Story


def test_one_procurement_goes_through_all_seven_steps(story: Story) -> None:
    story.play()
    heard = "\n".join(story.teller.heard)  # type: ignore[attr-defined]
    for chapter in ("第一步", "第二步", "第三步", "第四步", "第五步", "第六步", "第七步", "省级督导"):
        assert chapter in heard
    assert "来晚了" in heard
