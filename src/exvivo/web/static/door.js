// Small behaviours that every page may use. Nothing here is needed to read a page or send a form.
"use strict";

// A line in the corner, read aloud by screen readers, gone after a while.
const exvivo = {
  tell(text) {
    const line = document.createElement("p");
    line.textContent = text;
    document.getElementById("news").append(line);
    setTimeout(() => line.remove(), 8000);
  },
};
window.exvivo = exvivo;

// A form that asks before it is sent: <form data-confirm="...">.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
