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

namespace local_mentorship\local\setup;

use local_mentorship\local\problem;
use local_mentorship\local\sidecar_client;

/**
 * Runs the connection from its first step to its last. What a cut run left behind, the next one finds and completes.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class runner {
    /** @var state */
    private state $state;

    /** @var report */
    private report $report;

    /** @var sidecar_client */
    private sidecar_client $client;

    /**
     * A run.
     *
     * @param options $options
     * @param report $report
     * @param sidecar_client|null $client
     */
    public function __construct(options $options, report $report, ?sidecar_client $client = null) {
        $this->state = new state($options);
        $this->report = $report;
        $this->client = $client ?? new sidecar_client();
    }

    /**
     * The steps in their order: what can be refused comes before what changes Moodle, and the hand-over comes last.
     *
     * @return step[]
     */
    private function steps(): array {
        return [
            new check_sidecar($this->client),
            new choose_people(),
            new web_services(),
            new service_user(),
            new course(),
            new enrolment(),
            new lti_tool(),
            new activity(),
            new course_rights(),
            new token(),
            new curl_security(),
            new hand_over($this->client),
        ];
    }

    /**
     * Runs the steps.
     *
     * @return bool whether everything is done
     */
    public function run(): bool {
        $lock = \core\lock\lock_config::get_lock_factory('local_mentorship')->get_lock('connect', 5);
        if (!$lock) {
            $this->report->failure(get_string('errorbusy', 'local_mentorship'));
            return false;
        }
        try {
            foreach ($this->steps() as $step) {
                $before = $this->state->warnings;
                $outcome = $step->run($this->state);
                $this->report->step(get_string($step->title(), 'local_mentorship'), $outcome);
                foreach (array_diff_key($this->state->warnings, $before) as $sentence) {
                    $this->report->warning($sentence);
                }
            }
        } catch (problem $problem) {
            $this->report->failure($problem->getMessage());
            return false;
        } catch (\Throwable $error) {
            $this->report->failure(get_string('errorunexpected', 'local_mentorship', (object) [
                'step' => isset($step) ? get_string($step->title(), 'local_mentorship') : '',
                'error' => $error->getMessage() . ' [' . basename($error->getFile()) . ':' . $error->getLine() . ']',
            ]));
            return false;
        } finally {
            $lock->release();
        }
        $this->report->success(get_string('connected', 'local_mentorship', (object) [
            'sidecar' => $this->state->sidecar,
            'course' => course_get_url($this->state->course)->out(false),
        ]));
        return true;
    }
}
