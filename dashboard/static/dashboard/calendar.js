/* Moving a visit: by dragging it, or by keyboard. The server decides, and its page says why not. */
"use strict";

(() => {
  const form = document.getElementById("move-form");
  const dialog = document.getElementById("move-dialog");
  const times = document.getElementById("move-times");
  if (!form || !dialog || !times) return;

  const address = (pattern, visit) => pattern.replace("/0/", `/${visit}/`);
  let moving = null;

  function send(visit, wanted) {
    form.action = address(form.dataset.action, visit);
    for (const name of ["day", "clock", "practitioner", "room"]) {
      form.elements[name].value = wanted[name] || "";
    }
    form.submit();
  }

  // --- by keyboard ------------------------------------------------------------------------------

  async function open(block) {
    moving = block;
    block.classList.add("is-moving");
    const lane = block.closest(".lane");
    const query = new URLSearchParams();
    if (lane.dataset.day) query.set("day", lane.dataset.day);
    if (lane.dataset.practitioner) query.set("with", lane.dataset.practitioner);
    const answer = await fetch(`${address(form.dataset.times, block.dataset.visit)}?${query}`, {
      headers: { "X-Requested-With": "fetch" },
    });
    if (!answer.ok) {
      leave();
      return;
    }
    times.innerHTML = await answer.text();
    dialog.showModal();
    const list = times.querySelector(".move-list");
    (list || times.querySelector("a")).focus();
  }

  function leave() {
    if (dialog.open) dialog.close();
    if (!moving) return;
    moving.classList.remove("is-moving");
    const link = moving.querySelector("a");
    moving = null;
    if (link) link.focus();
  }

  function choose(list, option) {
    for (const one of list.children) {
      one.setAttribute("aria-selected", one === option ? "true" : "false");
    }
    list.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 5, PageUp: -5 };

  times.addEventListener("keydown", (event) => {
    const list = event.target.closest(".move-list");
    if (!list) return;
    const options = [...list.children];
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key in STEPS || event.key === "Home" || event.key === "End") {
      event.preventDefault();
      const last = options.length - 1;
      const to = event.key === "Home" ? 0 : event.key === "End" ? last : at + STEPS[event.key];
      choose(list, options[Math.min(Math.max(to, 0), last)]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      send(moving.dataset.visit, options[at].dataset);
    }
  });
  times.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && moving) send(moving.dataset.visit, option.dataset);
    else if (event.target.closest("[data-leave]")) leave();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
    const block = event.target.closest && event.target.closest(".block[data-visit]");
    if (!block || dialog.open) return;
    event.preventDefault();
    open(block);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) open(button.closest(".block"));
  });

  // --- by dragging ------------------------------------------------------------------------------

  let dragged = null;
  let grip = 0;

  document.addEventListener("dragstart", (event) => {
    const block = event.target.closest && event.target.closest(".block[data-visit]");
    if (!block) return;
    dragged = block;
    grip = event.clientY - block.getBoundingClientRect().top;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", block.dataset.visit);
  });
  document.addEventListener("dragend", () => {
    dragged = null;
    for (const lane of document.querySelectorAll(".lane.is-target")) lane.classList.remove("is-target");
  });
  document.addEventListener("dragover", (event) => {
    const lane = event.target.closest && event.target.closest(".lane[data-day]");
    if (!dragged || !lane) return;
    event.preventDefault();
    for (const one of document.querySelectorAll(".lane.is-target")) one.classList.remove("is-target");
    lane.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const lane = event.target.closest && event.target.closest(".lane[data-day]");
    if (!dragged || !lane) return;
    event.preventDefault();
    const body = lane.querySelector(".lane-body");
    const row = parseFloat(getComputedStyle(body).gridAutoRows);
    const down = event.clientY - body.getBoundingClientRect().top - grip;
    const first = Number(lane.closest(".lanes").dataset.first);
    const quarter = Math.min(Math.max(Math.round(down / row) + first, 0), 95);
    const two = (number) => String(number).padStart(2, "0");
    send(dragged.dataset.visit, {
      day: lane.dataset.day,
      clock: `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`,
      practitioner: lane.dataset.practitioner,
      room: lane.dataset.room,
    });
  });
})();
