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

// A preview is of what was typed when it was made: <form data-shows="#preview">. A field that is
// changed afterwards takes the preview away, so that nothing else is confirmed than what is seen.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-shows]");
  const preview = form && document.querySelector(form.dataset.shows);
  if (preview && preview.querySelector("form")) {
    preview.replaceChildren();
    exvivo.tell("Changed after the preview: show what changes once more.");
  }
});
