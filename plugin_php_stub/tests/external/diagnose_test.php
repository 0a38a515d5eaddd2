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


namespace local_mentorship\external;

use core_external\external_api;
use local_mentorship\connected_testcase;
use local_mentorship\fake_sidecar;
use local_mentorship\kept_report;
use local_mentorship\local\answer;
use local_mentorship\local\connection;
use local_mentorship\local\diagnosis;
use local_mentorship\local\journal;
use local_mentorship\local\setup\options;
use local_mentorship\local\setup\roles;
use local_mentorship\local\setup\runner;
use local_mentorship\local\setup\service_user;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/../fixtures/connected_testcase.php');
require_once(__DIR__ . '/../fixtures/fake_sidecar.php');
require_once(__DIR__ . '/../fixtures/kept_report.php');

/**
 * What Moodle's side knows of the connection's state.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\external\diagnose
 * @covers     \local_mentorship\local\diagnosis
 */
final class diagnose_test extends connected_testcase {
    /** @var fake_sidecar */
    private fake_sidecar $sidecar;

    /**
     * Connects, and goes on as the service user.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->sidecar = new fake_sidecar();
        connection::set('cohortid', 0);
        $report = new kept_report();
        $given = ['sidecar' => fake_sidecar::URL, 'invitation' => 'CODE', 'cohort' => 'staff'] + options::cli_defaults();
        (new runner(options::from_cli($given), $report, $this->sidecar->client()))->run();
        $this->assertSame('', $report->failure);
        set_config('lastcronstart', 1700000000, 'tool_task');
        $this->setUser($this->service_user());
    }

    /**
     * The service user.
     *
     * @return \stdClass
     */
    private function service_user(): \stdClass {
        global $DB;
        return $DB->get_record('user', ['username' => service_user::USERNAME], '*', MUST_EXIST);
    }

    /**
     * The facts, in the shape that the web service promises.
     *
     * @param bool $ping
     * @return array
     */
    private function facts(bool $ping = false): array {
        global $USER;
        $facts = (new diagnosis($this->sidecar->client()))->facts((int) $USER->id, $ping);
        $this->assert_no_pupil($facts);
        return external_api::clean_returnvalue(diagnose::execute_returns(), $facts);
    }

    /**
     * Names of the capabilities that are missing.
     *
     * @param array $facts
     * @return string[]
     */
    private function missing(array $facts): array {
        return array_column(array_filter($facts['capabilities'], fn(array $row): bool => !$row['held']), 'name');
    }

    /**
     * After a connection all is well.
     */
    public function test_all_well(): void {
        $facts = $this->facts();
        $this->assertSame([], $this->missing($facts));
        $this->assertCount(14, $facts['capabilities']);
        $this->assertEqualsWithDelta(time(), $facts['time'], 5);
        $this->assertSame([1, 1, 1], [$facts['connected'], $facts['assignable'], $facts['manualenrolment']]);
        $this->assertSame(['id' => (int) connection::get('courseid'), 'exists' => 1, 'visible' => 1], $facts['course']);
        $this->assertSame(['exists' => 1, 'visible' => 1], $facts['activity']);
        $this->assertSame(['exists' => 1, 'members' => 3], $facts['cohort']);
        $this->assertSame(['blocked' => 0, 'host' => 0, 'port' => 0], $facts['curl']);
        $this->assertSame(['enabled' => 1, 'last' => 1700000000], $facts['cron']);
        $url = fake_sidecar::URL;
        $this->assertNotSame('', $facts['tool']['clientid']);
        unset($facts['tool']['clientid']);
        $this->assertSame([
            'exists' => 1,
            'active' => 1,
            'toolurl' => "{$url}/",
            'loginurl' => "{$url}/lti/login",
            'redirecturis' => "{$url}/lti/launch",
            'jwksurl' => "{$url}/lti/jwks",
        ], $facts['tool']);
        $this->assertSame(
            ["{$url}/api/v1/webhooks/moodle/1", 0, -1, ''],
            [$facts['webhook']['url'], $facts['webhook']['stopped'], $facts['webhook']['status'], $facts['webhook']['said']]
        );
    }

    /**
     * A capability that was taken from either role is named, and no other.
     */
    public function test_capability(): void {
        global $DB;
        $system = \context_system::instance()->id;
        foreach ([roles::SITE => 'local/mentorship:readstaff', roles::COURSE => 'moodle/course:managegroups'] as $role => $name) {
            $roleid = $DB->get_field('role', 'id', ['shortname' => $role], MUST_EXIST);
            unassign_capability($name, $roleid, $system);
            $this->assertSame([$name], $this->missing($this->facts()));
            assign_capability($name, CAP_ALLOW, $roleid, $system);
        }
        $roleid = $DB->get_field('role', 'id', ['shortname' => roles::COURSE], MUST_EXIST);
        $DB->delete_records('role_allow_assign', ['roleid' => $roleid]);
        $facts = $this->facts();
        $this->assertSame([[], 0], [$this->missing($facts), $facts['assignable']]);
    }

    /**
     * Course, activity, cohort and tool, each gone or hidden.
     */
    public function test_course_and_tool(): void {
        global $CFG, $DB;
        $courseid = (int) connection::get('courseid');
        $cmid = (int) connection::get('cmid');
        $DB->set_field('course_modules', 'visible', 0, ['id' => $cmid]);
        $this->assertSame(['exists' => 1, 'visible' => 0], $this->facts()['activity']);
        $this->setAdminUser();
        course_delete_module($cmid);
        $this->setUser($this->service_user());
        $this->assertSame(['exists' => 0, 'visible' => 0], $this->facts()['activity']);
        $DB->set_field('enrol', 'status', ENROL_INSTANCE_DISABLED, ['courseid' => $courseid, 'enrol' => 'manual']);
        $this->assertSame(0, $this->facts()['manualenrolment']);
        $DB->set_field('course', 'visible', 0, ['id' => $courseid]);
        $this->assertSame(['id' => $courseid, 'exists' => 1, 'visible' => 0], $this->facts()['course']);
        $DB->set_field('lti_types', 'state', LTI_TOOL_STATE_PENDING, ['id' => connection::get('typeid')]);
        $this->assertSame(0, $this->facts()['tool']['active']);
        lti_delete_type(connection::get('typeid'));
        $this->assertSame([0, ''], [$this->facts()['tool']['exists'], $this->facts()['tool']['jwksurl']]);
        cohort_delete_cohort($this->cohort);
        $this->assertSame(['exists' => 0, 'members' => 0], $this->facts()['cohort']);
        $this->setAdminUser();
        delete_course($courseid, false);
        $this->setUser($this->service_user());
        $facts = $this->facts();
        $this->assertSame(['id' => $courseid, 'exists' => 0, 'visible' => 0], $facts['course']);
        $this->assertContains('moodle/course:managegroups', $this->missing($facts));
    }

    /**
     * Which of the two lists of cURL security is in the way.
     */
    public function test_curl_security(): void {
        set_config('curlsecurityblockedhosts', 'mentor.example');
        set_config('curlsecurityallowedport', '443');
        $this->assertSame(['blocked' => 1, 'host' => 1, 'port' => 0], $this->facts()['curl']);
        set_config('curlsecurityallowedport', '8443');
        $this->assertSame(['blocked' => 1, 'host' => 1, 'port' => 1], $this->facts()['curl']);
        set_config('curlsecurityblockedhosts', '');
        $this->assertSame(['blocked' => 1, 'host' => 0, 'port' => 1], $this->facts()['curl']);
    }

    /**
     * A message is sent only when it is asked for, and signed like any other.
     */
    public function test_ping(): void {
        $before = count($this->sidecar->requests);
        $this->facts();
        $this->assertCount($before, $this->sidecar->requests);
        $this->sidecar->next = [new answer(202, '{"status":"accepted"}')];
        $webhook = $this->facts(true)['webhook'];
        $this->assertSame([202, ''], [$webhook['status'], $webhook['said']]);
        [, $url, $headers, $body] = end($this->sidecar->requests);
        $this->assertSame([connection::get('webhookurl'), '{"event":"ping"}'], [$url, $body]);
        $this->assertArrayHasKey('X-Mentorship-Signature', $headers);
        $this->sidecar->next = [new answer(401, '{"code":"signature_invalid"}'), new answer(0, '', 'Connection refused')];
        $webhook = $this->facts(true)['webhook'];
        $this->assertSame([401, 'signature_invalid'], [$webhook['status'], $webhook['said']]);
        $webhook = $this->facts(true)['webhook'];
        $this->assertSame([0, 'Connection refused'], [$webhook['status'], $webhook['said']]);
    }

    /**
     * Messages that wait, fail, or are not sent any more; a cron that is switched off.
     */
    public function test_queues(): void {
        global $DB;
        connection::set('announced', journal::newest());
        $DB->delete_records('task_adhoc', ['classname' => '\\' . \local_mentorship\task\send_webhook::class]);
        $quiet = $this->facts()['webhook'];
        $this->assertSame([0, 0, 0], [$quiet['waiting'], $quiet['failing'], $quiet['behind']]);
        journal::add((int) $this->staff[0]->id, journal::CHANGED);
        $DB->set_field('task_adhoc', 'faildelay', 60, ['classname' => '\\' . \local_mentorship\task\send_webhook::class]);
        $busy = $this->facts()['webhook'];
        $this->assertSame([1, 1, 1], [$busy['waiting'], $busy['failing'], $busy['behind']]);
        connection::set('webhookstopped', 1);
        set_config('cron_enabled', 0);
        $facts = $this->facts();
        $this->assertSame([1, 0], [$facts['webhook']['stopped'], $facts['cron']['enabled']]);
    }

    /**
     * The service user needs no capability of ours to ask; anybody else must be an administrator.
     */
    public function test_who_may_ask(): void {
        global $DB;
        $roleid = $DB->get_field('role', 'id', ['shortname' => roles::SITE], MUST_EXIST);
        unassign_capability('local/mentorship:readstaff', $roleid, \context_system::instance()->id);
        $this->assertSame(1, diagnose::execute()['connected']);
        $this->setAdminUser();
        $this->assertSame(1, diagnose::execute()['connected']);
        $this->setUser($this->staff[0]);
        $this->expectException(\required_capability_exception::class);
        diagnose::execute();
    }
}
