// Sends a form once, however often its button is clicked. Without it the page still works.
"use strict";

const WAIT = 5000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A form whose answer is a file leaves its page standing, and may be sent again.
  setTimeout(() => delete form.dataset.sent, WAIT);
});

// A page that one comes back to is as new.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
