// Takes the signed answer to Moodle.
"use strict";

document.getElementById("placed").submit();
