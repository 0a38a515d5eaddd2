// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

/**
 * Lets the frame of the mentorship tool grow to the height of its page.
 *
 * @module     local_mentorship/frame
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
define([], function() {
    const LEAST = 398;
    const MOST = 6000;

    /**
     * Listens to the tool in our own frame.
     *
     * @param {String} origin The sidecar's origin
     */
    const init = function(origin) {
        const frame = document.getElementById("contentframe");
        if (!frame) {
            return;
        }
        window.addEventListener("message", function(event) {
            if (event.origin !== origin || event.source !== frame.contentWindow) {
                return;
            }
            const message = event.data;
            if (!message || message.type !== "mentorship.resize" || !Number.isFinite(message.height)) {
                return;
            }
            // The least height, because Moodle's own script sets the height again whenever the window is resized.
            frame.style.minHeight = Math.ceil(Math.min(MOST, Math.max(LEAST, message.height))) + "px";
        });
    };

    return {init: init};
});
