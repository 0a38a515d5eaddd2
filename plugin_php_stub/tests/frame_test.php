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

namespace local_mentorship;

use local_mentorship\local\connection;
use local_mentorship\local\frame;

/**
 * The script stands on pages with our tool, and on no other.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\local\frame
 */
final class frame_test extends \advanced_testcase {
    /**
     * The code at the end of an activity's page.
     *
     * @param int $typeid the activity's tool
     * @param string $pagetype
     * @return string
     */
    private function end_code(int $typeid, string $pagetype = 'mod-lti-view'): string {
        $course = $this->getDataGenerator()->create_course();
        $lti = $this->getDataGenerator()->create_module('lti', ['course' => $course->id, 'toolurl' => 'https://mentor.example/']);
        $GLOBALS['DB']->set_field('lti', 'typeid', $typeid, ['id' => $lti->id]);
        $page = new \moodle_page();
        $page->set_url('/mod/lti/view.php', ['id' => $lti->cmid]);
        $page->set_cm(get_fast_modinfo($course)->get_cm($lti->cmid));
        $page->set_pagetype($pagetype);
        frame::prepare($page);
        return $page->requires->get_end_code();
    }

    /**
     * Our tool, another tool, another page, no connection.
     */
    public function test_pages(): void {
        $this->resetAfterTest();
        $this->setAdminUser();
        connection::set('typeid', 77);
        $this->assertStringNotContainsString('local_mentorship/frame', $this->end_code(77));
        connection::set('frameorigin', 'https://mentor.example');
        $code = $this->end_code(77);
        $this->assertStringContainsString('local_mentorship/frame', $code);
        $this->assertStringContainsString('mentor.example', $code);
        $this->assertStringNotContainsString('local_mentorship/frame', $this->end_code(78));
        $this->assertStringNotContainsString('local_mentorship/frame', $this->end_code(77, 'mod-lti-edit'));
    }

    /**
     * Where Moodle has the hook, it passes over the older function; elsewhere it finds that. The script is loaded once.
     */
    public function test_hook_or_older_function(): void {
        if (!class_exists(\core\hook\output\before_footer_html_generation::class)) {
            $this->assertArrayHasKey('mentorship', get_plugins_with_function('before_footer')['local']);
            return;
        }
        $functions = get_plugins_with_function('before_footer', 'lib.php', true, true);
        $this->assertArrayNotHasKey('mentorship', $functions['local'] ?? []);
        $callbacks = \core\di::get(\core\hook\manager::class)
            ->get_callbacks_for_hook(\core\hook\output\before_footer_html_generation::class);
        $this->assertContains(
            hook_callbacks::class . '::before_footer_html_generation',
            array_map(fn(array $callback): string => ltrim($callback['callback'], '\\'), $callbacks)
        );
    }
}
