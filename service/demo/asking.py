"""The smaller matters of the story: a suggestion, a question about the call, a request for support (I1, C3, M2)."""

from __future__ import annotations

from service.demo.telling import Telling


class Asking(Telling):
    """What people ask the office for by text, and how it answers."""

    def suggest(self) -> None:
        """A villager suggests what the office lists; the suggestion is kept with that task (I1)."""
        self.text("村民", self.villagers[3], "建议 村里缺水，妇女背水要走两里路，修几口水池吧")
        self.text("村民", self.villagers[3], "1")
        (idea,) = self.officer.get("/tasks/ideas")
        self.officer.post(f"/tasks/ideas/{idea['id']}/task", {"task_id": self.ids["pond"]})
        self.teller.happens(
            f"建议 {idea['reference']} 并入任务“修建蓄水池”，看不到是谁提的",
            f"Suggestion {idea['reference']} is kept with the pond; who sent it is shown to nobody",
        )

    def ask_about_the_call(self) -> None:
        """An SO asks about the call; all who got it get the answer, and nobody learns who asked (C3)."""
        path = f"/calls/{self.ids['call']}/questions"
        self.text("清河社工站", self.second_so, f"提问 {self.ids['lot']} 苗木要不要带土球？")
        (question,) = self.officer.get(path)
        assert self.second_so[-4:] not in str(question)
        self.officer.post(
            f"/questions/{question['id']}/answer",
            {"wording": "苗木要不要带土球？", "answer": "不用，裸根苗即可"},
        )
        self.newest("青苗服务中心", self.first_so, "裸根苗")

    def ask_for_support(self) -> None:
        """The SO asks for support; it is passed on, and answered in time (M2)."""
        self.text("青苗服务中心", self.first_so, "求助 大坪村让我们先找乡里盖章才能进村")
        self.text("青苗服务中心", self.first_so, "1")
        (request,) = self.officer.get("/delivery/support")
        path = f"/delivery/support/{request['id']}"
        self.officer.post(f"{path}/passing-on", {"kind": "coordination", "to": "青山乡 李乡长"})
        self.officer.post(f"{path}/answer", {"answer": "李乡长已和大坪村说好，明天可以进村"})
        self.newest("青苗服务中心", self.first_so, "李乡长已和大坪村说好")
