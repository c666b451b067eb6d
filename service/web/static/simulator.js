// Keeps the phones of the simulator live. Without it the page still works, by reloading.
"use strict";

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const connection = document.querySelector(".connection");

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text || "";
  return made;
}

function textWithLinks(text) {
  const paragraph = element("p", "text");
  // Chinese text follows an address without a space, so an address ends where plain ASCII ends.
  for (const part of text.split(/(https?:\/\/[\w\-./~?&=%#:+]*[\w/])/)) {
    if (/^https?:\/\//.test(part)) {
      const link = element("a", "", part);
      link.href = part;
      link.target = "_blank";
      link.rel = "noopener";
      paragraph.append(link);
    } else {
      paragraph.append(part);
    }
  }
  return paragraph;
}

function line(message) {
  const item = element("li", message.direction);
  const state = element("p", "state " + message.state);
  const time = element("time", "", clock.format(new Date(message.at)));
  time.dateTime = message.at;
  state.append(time, " ", element("span", "", message.state_label), " · ", element("b", "", message.size));
  item.append(textWithLinks(message.text), state);
  return item;
}

function show(chat, messages) {
  const seen = JSON.stringify(messages);
  if (chat.dataset.seen === seen) return;
  const first = !("seen" in chat.dataset);
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
  chat.dataset.seen = seen;
  messages.forEach((message, number) => {
    const fresh = line(message);
    const old = chat.children[number];
    if (!old) chat.append(fresh);
    else if (old.outerHTML !== fresh.outerHTML) old.replaceWith(fresh);
  });
  while (chat.children.length > messages.length) chat.lastElementChild.remove();
  if (first || atEnd) chat.scrollTop = chat.scrollHeight;
}

async function refresh(chat) {
  const answer = await fetch(chat.dataset.messages, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  show(chat, await answer.json());
}

async function poll(chat) {
  if (!document.hidden) {
    try {
      await refresh(chat);
      connection.textContent = "";
    } catch {
      connection.textContent = connection.dataset.lost;
    }
  }
  setTimeout(poll, 1000, chat);
}

async function send(event) {
  const form = event.target;
  const words = form.elements.text;
  const button = form.querySelector("button");
  const chat = form.parentElement.querySelector(".chat");
  event.preventDefault();
  if (!words.value.trim() || button.disabled) return;
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    words.value = "";
    chat.scrollTop = chat.scrollHeight;
    await refresh(chat);
    chat.scrollTop = chat.scrollHeight;
  } catch {
    connection.textContent = connection.dataset.lost;
  }
  button.disabled = false;
  words.focus();
}

for (const chat of document.querySelectorAll(".chat")) {
  chat.scrollTop = chat.scrollHeight;
  poll(chat);
}
for (const form of document.querySelectorAll(".write")) {
  form.addEventListener("submit", send);
  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
