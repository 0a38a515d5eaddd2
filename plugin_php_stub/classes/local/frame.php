<?php
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

namespace local_mentorship\local;

/**
 * The frame that shows the tool: Moodle gives it what is left of the window, which is too little for a page.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class frame {
    /**
     * On a page that shows our tool in a frame, loads the script that lets the frame grow.
     *
     * @param \moodle_page $page
     */
    public static function prepare(\moodle_page $page): void {
        $origin = connection::get('frameorigin');
        if ($origin !== '' && $page->pagetype === 'mod-lti-view' && self::shows_our_tool($page)) {
            $page->requires->js_call_amd('local_mentorship/frame', 'init', [$origin]);
        }
    }

    /**
     * Is this page an activity with our tool?
     *
     * @param \moodle_page $page
     * @return bool
     */
    private static function shows_our_tool(\moodle_page $page): bool {
        global $DB;
        $typeid = (int) connection::get('typeid');
        return $typeid && $page->cm
            && $DB->record_exists('lti', ['id' => $page->cm->instance, 'typeid' => $typeid]);
    }
}
