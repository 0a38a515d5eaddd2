// A weight says its number while it is moved. Dragging on the board: a mentee let go over a mentor opens what that would cost. Nothing changes by it; without this
// script, and by keyboard, the same stands in the opened pair.
"use strict";

(() => {
  for (const range of document.querySelectorAll(".k-weights input")) {
    range.addEventListener("input", () => {
      document.querySelector(`output[for="${range.id}"]`).value = range.value;
    });
  }
  let mentee = "";
  for (const card of document.querySelectorAll("[data-mentee]")) {
    card.draggable = true;
    card.addEventListener("dragstart", (event) => {
      mentee = card.dataset.mentee;
      event.dataTransfer.setData("text/plain", mentee);
    });
  }
  for (const card of document.querySelectorAll("[data-mentor]")) {
    card.addEventListener("dragover", (event) => {
      if (!mentee) return;
      event.preventDefault();
      card.classList.add("sel");
    });
    card.addEventListener("dragleave", () => card.classList.remove("sel"));
    card.addEventListener("drop", (event) => {
      event.preventDefault();
      const address = new URL(location.href);
      for (const name of ["mark", "done"]) address.searchParams.delete(name);
      address.searchParams.set("mentee", mentee);
      address.searchParams.set("to", card.dataset.mentor);
      address.hash = `to-${mentee}-${card.dataset.mentor}`;
      location.assign(address);
    });
  }
})();
