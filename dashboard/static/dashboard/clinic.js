/* Small comforts; every page works without them. */
"use strict";

// A pressed button says so and cannot be pressed twice: a slow line must not book or dose twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Choosing a free time fills the time field.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-time]");
  if (!chosen) return;
  const field = document.getElementById("id_clock");
  if (!field) return;
  field.value = chosen.dataset.time;
  const day = document.getElementById("id_day");
  if (day && chosen.dataset.day) day.value = chosen.dataset.day;
  const who = document.getElementById("id_practitioner");
  if (who && chosen.dataset.with) who.value = chosen.dataset.with;
  field.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A refused form shows its first problem at once.
document.addEventListener("DOMContentLoaded", () => {
  const bad = document.querySelector(".field-bad input, .field-bad select, .field-bad textarea");
  if (bad) bad.focus();
});
