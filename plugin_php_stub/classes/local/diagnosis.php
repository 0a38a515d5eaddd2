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

use local_mentorship\local\setup\curl_security;
use local_mentorship\local\setup\roles;

/**
 * The state of the connection as Moodle's side knows it.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class diagnosis {
    /** Seconds that the sidecar has to answer: it waits for our own answer meanwhile. */
    private const PATIENCE = 4;

    /** @var sidecar_client */
    private sidecar_client $client;

    /**
     * A diagnosis.
     *
     * @param sidecar_client $client
     */
    public function __construct(sidecar_client $client) {
        $this->client = $client;
    }

    /**
     * All facts, in the shape of the web-service function.
     *
     * @param int $userid who calls
     * @param bool $ping send the sidecar a message now
     * @return array
     */
    public function facts(int $userid, bool $ping): array {
        $courseid = (int) connection::get('courseid');
        $context = \context_course::instance($courseid, IGNORE_MISSING) ?: null;
        $enabled = get_config('core', 'cron_enabled');
        return [
            'plugin' => (string) get_config('local_mentorship', 'version'),
            'time' => time(),
            'connected' => (int) (connection::get('connectedat') !== ''),
            'capabilities' => $this->capabilities($userid, $context),
            'assignable' => (int) $this->may_assign_student($context),
            'manualenrolment' => (int) $this->enrols_by_hand($courseid),
            'course' => $this->course($courseid),
            'activity' => $this->activity($courseid),
            'cohort' => $this->cohort(),
            'tool' => $tool = $this->tool(),
            'curl' => $this->curl($tool['jwksurl']),
            'webhook' => $this->webhook($ping),
            'cron' => [
                // Not set before Moodle knew the switch.
                'enabled' => (int) ($enabled === false || (bool) $enabled),
                'last' => (int) get_config('tool_task', 'lastcronstart'),
            ],
        ];
    }

    /**
     * Which of the capabilities that the roles of the service user give are really there.
     *
     * @param int $userid
     * @param \context|null $course
     * @return array[]
     */
    private function capabilities(int $userid, ?\context $course): array {
        $contexts = [roles::SITE => ['system', \context_system::instance()], roles::COURSE => ['course', $course]];
        $rows = [];
        foreach ($contexts as $role => [$where, $context]) {
            foreach (roles::capabilities($role) as $name) {
                $held = $context && has_capability($name, $context, $userid);
                $rows[] = ['name' => $name, 'context' => $where, 'held' => (int) $held];
            }
        }
        return $rows;
    }

    /**
     * May the caller give the role with which people are enrolled?
     *
     * @param \context|null $course
     * @return bool
     */
    private function may_assign_student(?\context $course): bool {
        if (!$course) {
            return false;
        }
        $students = array_keys(get_archetype_roles('student'));
        return (bool) array_intersect($students, array_keys(get_assignable_roles($course)));
    }

    /**
     * Is there a way to enrol people in the course by hand?
     *
     * @param int $courseid
     * @return bool
     */
    private function enrols_by_hand(int $courseid): bool {
        global $DB;
        return enrol_is_enabled('manual') && $DB->record_exists(
            'enrol',
            ['courseid' => $courseid, 'enrol' => 'manual', 'status' => ENROL_INSTANCE_ENABLED]
        );
    }

    /**
     * The course.
     *
     * @param int $courseid
     * @return array
     */
    private function course(int $courseid): array {
        global $DB;
        $visible = $courseid ? $DB->get_field('course', 'visible', ['id' => $courseid]) : false;
        return ['id' => $courseid, 'exists' => (int) ($visible !== false), 'visible' => (int) $visible];
    }

    /**
     * The tool in the course.
     *
     * @param int $courseid
     * @return array
     */
    private function activity(int $courseid): array {
        global $DB;
        $cm = $DB->get_record_sql(
            "SELECT cm.id, cm.visible, m.visible AS enabled
               FROM {course_modules} cm
               JOIN {modules} m ON m.id = cm.module AND m.name = 'lti'
              WHERE cm.id = :cmid AND cm.course = :courseid AND cm.deletioninprogress = 0",
            ['cmid' => (int) connection::get('cmid'), 'courseid' => $courseid]
        );
        return ['exists' => (int) (bool) $cm, 'visible' => (int) ($cm && $cm->visible && $cm->enabled)];
    }

    /**
     * The staff cohort.
     *
     * @return array
     */
    private function cohort(): array {
        global $DB;
        return [
            'exists' => (int) connection::cohort_exists(),
            'members' => $DB->count_records('cohort_members', ['cohortid' => connection::cohort_id()]),
        ];
    }

    /**
     * The LTI tool as it is registered.
     *
     * @return array
     */
    private function tool(): array {
        global $CFG, $DB;
        require_once($CFG->dirroot . '/mod/lti/locallib.php');
        $type = $DB->get_record('lti_types', ['id' => (int) connection::get('typeid')]);
        $held = $type ? lti_get_type_config($type->id) : [];
        return [
            'exists' => (int) (bool) $type,
            'active' => (int) ($type && (int) $type->state === LTI_TOOL_STATE_CONFIGURED),
            'clientid' => (string) ($type->clientid ?? ''),
            'toolurl' => (string) ($type->baseurl ?? ''),
            'loginurl' => (string) ($held['initiatelogin'] ?? ''),
            'redirecturis' => (string) ($held['redirectionuris'] ?? ''),
            'jwksurl' => (string) ($held['publickeyset'] ?? ''),
        ];
    }

    /**
     * Does cURL security keep Moodle from reading the keys of the tool?
     *
     * @param string $url
     * @return array
     */
    private function curl(string $url): array {
        [$host, $port] = $url === '' ? [false, false] : curl_security::blocks($url);
        return ['blocked' => (int) ($host || $port), 'host' => (int) $host, 'port' => (int) $port];
    }

    /**
     * The messages to the sidecar.
     *
     * @param bool $ping
     * @return array
     */
    private function webhook(bool $ping): array {
        global $DB;
        $task = ['classname' => '\\' . \local_mentorship\task\send_webhook::class];
        $answer = null;
        if ($ping && connection::get('webhookurl') !== '') {
            $answer = $this->client->patient(self::PATIENCE)->post(
                connection::get('webhookurl'),
                ['event' => 'ping'],
                \core\uuid::generate()
            );
        }
        return [
            'url' => connection::get('webhookurl'),
            'stopped' => (int) connection::get('webhookstopped'),
            'waiting' => $DB->count_records('task_adhoc', $task),
            'failing' => $DB->count_records_select('task_adhoc', 'classname = :classname AND faildelay > 0', $task),
            'behind' => journal::count_since((int) connection::get('announced')),
            'status' => $answer ? $answer->status : -1,
            'said' => $answer ? ($answer->text('code') ?: \core_text::substr($answer->error, 0, 200)) : '',
        ];
    }
}
