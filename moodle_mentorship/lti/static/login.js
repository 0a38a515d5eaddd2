// On the way to Moodle, where the browser keeps no cookie: leaves the login's secret in this tab, and goes on.
"use strict";

const signin = document.getElementById("signin");
const { address, key, secret } = signin.dataset;

const kept = () => {
  try {
    sessionStorage.setItem(key, secret);
    return sessionStorage.getItem(key) === secret;
  } catch {
    return false;
  }
};

if (kept() || window.parent === window) {
  window.location.replace(address);
} else {
  signin.classList.add("k-now");
  signin.querySelector("[data-window]")?.addEventListener("click", () => {
    // Moodle's message hint works once: the other window has it now.
    signin.hidden = true;
    document.getElementById("elsewhere").hidden = false;
  });
}
