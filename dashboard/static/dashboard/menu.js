/* On a phone the menu is folded away: only once this has come, which opens it again. */
"use strict";

document.documentElement.dataset.menu = "folds";
document.addEventListener("click", (event) => {
  const button = event.target.closest(".menu-button");
  if (button) button.setAttribute("aria-expanded", button.ariaExpanded !== "true");
});
