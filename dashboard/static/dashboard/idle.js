/* A screen that somebody walked away from is covered, here and in the admin; the server ends the session (dashboard/middleware/idle_timeout.py). */
"use strict";

(() => {
  const said = new URL(document.currentScript.src).searchParams.get("seconds");
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);

  function watch() {
    const seconds = Number(document.body.dataset.idleSeconds || said);
    if (!seconds) return;
    // The server notes a click at most once a minute, so its own end may come a minute before this one.
    const NOTED_EVERY = 60;
    const TOLD_EVERY = Math.min(NOTED_EVERY, seconds / 4) * 1000;
    const WARN_AFTER = Math.max(seconds - 60 - NOTED_EVERY, seconds / 2) * 1000;
    const OVER_AFTER = (seconds + 1) * 1000;
    // A moment, and nothing else, is what the tabs of one browser share.
    const STAMP = "mainstay-seen";
    let seenHere = 0;
    let isOver = false;
    let isTelling = false;

    function seen() {
      let elsewhere = 0;
      try {
        elsewhere = Number(localStorage.getItem(STAMP)) || 0;
      } catch {
        // Without storage each tab counts for itself.
      }
      return Math.max(seenHere, elsewhere > Date.now() ? 0 : elsewhere);
    }

    function note() {
      seenHere = Date.now();
      try {
        localStorage.setItem(STAMP, String(seenHere));
      } catch {
        // As above.
      }
      notice.replaceChildren();
    }

    async function tell() {
      if (isTelling) return; // a key on the button is a key and a click: one answer, not a second one later
      isTelling = true;
      const before = seenHere;
      seenHere = Date.now();
      try {
        const answer = await fetch("/still-here", { credentials: "same-origin", cache: "no-store" });
        if (answer.redirected && new URL(answer.url).pathname.startsWith("/sign-in")) cover();
        else note();
      } catch {
        seenHere = before; // the line is down; the clock goes on
      } finally {
        isTelling = false;
      }
    }

    function part(name, words, className) {
      const made = document.createElement(name);
      made.textContent = words;
      if (className) made.className = className;
      return made;
    }

    // There from the beginning, so that what is put into it is read out.
    const notice = part("div", "", "idle-notice");
    notice.setAttribute("role", "status");
    document.body.append(notice);

    function warn() {
      if (notice.hasChildNodes()) return;
      const button = part("button", "I am still here", "idle-button");
      button.type = "button";
      button.addEventListener("click", tell);
      notice.append(part("p", "You have been idle for a while. This page closes in about a minute."), button);
    }

    function cover() {
      if (isOver) return;
      isOver = true;
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      for (const child of document.body.children) child.inert = true;
      document.title = "Page closed · Mainstay"; // a page's own title may name a patient
      const sheet = part("main", "", "idle-cover");
      const way = part("a", "Sign in", "idle-button");
      way.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
      sheet.append(
        part("h1", "This page has closed"),
        part("p", `You were idle for ${Math.round(seconds / 60)} minutes. Sign in again to continue.`),
        way,
      );
      document.body.prepend(sheet);
      document.body.classList.add("idle-over");
      way.focus();
    }

    function look() {
      if (isOver) return;
      const quiet = Date.now() - seen();
      if (quiet >= OVER_AFTER) cover();
      else if (quiet >= WARN_AFTER) warn();
      else notice.replaceChildren();
    }

    function somebody() {
      look(); // a laptop that slept: the first key must not open what is over
      if (!isOver && Date.now() - seen() >= TOLD_EVERY) tell();
    }

    for (const name of ["pointerdown", "keydown", "input"]) document.addEventListener(name, somebody, true);
    document.addEventListener("htmx:after:request", note);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("pageshow", look);
    // "Back" may show a page that nobody asked the server for.
    const [way] = performance.getEntriesByType("navigation");
    if (!way || way.type !== "back_forward" || !seen()) note();
    setInterval(look, 1000);
  }
})();
