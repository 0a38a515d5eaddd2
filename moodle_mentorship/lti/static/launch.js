// Back from Moodle, where the browser keeps no cookie: shows the login's secret, or lets the person answer.
"use strict";

const signin = document.getElementById("signin");

const kept = () => {
  try {
    const secret = sessionStorage.getItem(signin.dataset.key);
    sessionStorage.removeItem(signin.dataset.key);
    return secret;
  } catch {
    return null;
  }
};

const secret = kept();
if (secret) {
  signin.elements.secret.value = secret;
  signin.submit();
} else {
  signin.classList.add("k-now");
}
