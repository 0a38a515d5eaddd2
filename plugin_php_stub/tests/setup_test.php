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

use local_mentorship\local\answer;
use local_mentorship\local\connection;
use local_mentorship\local\journal;
use local_mentorship\local\setup\activity;
use local_mentorship\local\setup\options;
use local_mentorship\local\setup\removal;
use local_mentorship\local\setup\roles;
use local_mentorship\local\setup\runner;
use local_mentorship\local\setup\service_user;

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/fixtures/connected_testcase.php');
require_once(__DIR__ . '/fixtures/fake_sidecar.php');
require_once(__DIR__ . '/fixtures/kept_report.php');

/**
 * The connection, from its first step to its last.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers     \local_mentorship\local\setup\runner
 */
final class setup_test extends connected_testcase {
    /** Tables in which the connection makes rows. */
    private const TABLES = [
        'context', 'course', 'course_modules', 'course_sections', 'enrol', 'external_services', 'external_services_users',
        'external_tokens', 'local_mentorship_journal', 'local_mentorship_staff', 'lti', 'lti_types', 'lti_types_config', 'role',
        'role_allow_assign', 'role_assignments', 'role_capabilities', 'role_context_levels', 'user', 'user_enrolments',
    ];

    /** @var fake_sidecar */
    private fake_sidecar $sidecar;

    /**
     * A Moodle that was never connected.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->sidecar = new fake_sidecar();
        connection::set('cohortid', 0);
    }

    /**
     * Runs the connection.
     *
     * @param array $options
     * @return kept_report
     */
    private function run_setup(array $options = []): kept_report {
        $report = new kept_report();
        $options += ['sidecar' => fake_sidecar::URL, 'invitation' => 'CODE', 'cohort' => 'staff'];
        (new runner(
            options::from_cli($options + options::cli_defaults()),
            $report,
            $this->sidecar->client()
        ))->run();
        return $report;
    }

    /**
     * How many rows there are.
     *
     * @return int[]
     */
    private function rows(): array {
        global $DB;
        return array_combine(self::TABLES, array_map(fn(string $table): int => $DB->count_records($table), self::TABLES));
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
     * Calls a function of Moodle as the service user, with every check that a real call meets.
     *
     * @param string $function
     * @param array $arguments
     * @return array with error, and data or exception
     */
    private function call_function(string $function, array $arguments): array {
        $_POST['sesskey'] = sesskey();
        return \core_external\external_api::call_external_function($function, $arguments);
    }

    /**
     * What the sidecar is told, and that Moodle is ready for it.
     */
    public function test_first_connection(): void {
        global $CFG, $DB;
        $curator = $this->staff[0];
        $report = $this->run_setup(['curator' => $curator->username]);
        $this->assertSame('', $report->failure);
        $this->assertNotSame('', $report->success);

        [$message] = $this->sidecar->posts();
        $request = end($this->sidecar->requests);
        $this->assertSame(fake_sidecar::URL . '/api/v1/connect', $request[1]);
        $this->assertSame('CODE', $request[2]['X-Mentorship-Invitation']);
        $this->assertSame(connection::secret(), $message['webhook']['secret']);
        $this->assertSame(['user_id' => (int) $curator->id], $message['curator']);
        $this->assertSame(
            ['id' => (int) $this->cohort->id, 'idnumber' => 'staff', 'name' => 'Педагоги', 'members' => 3],
            $message['cohort']
        );
        $this->assertSame($CFG->wwwroot, $message['lti']['issuer']);

        $type = $DB->get_record('lti_types', ['id' => $message['lti']['deployment_id']], '*', MUST_EXIST);
        $this->assertSame($message['lti']['client_id'], $type->clientid);
        $this->assertEquals(LTI_TOOL_STATE_CONFIGURED, $type->state);
        $this->assertEquals(SITEID, $type->course);
        $config = lti_get_type_config($type->id);
        $this->assertEquals(LTI_LAUNCH_CONTAINER_EMBED_NO_BLOCKS, $config['launchcontainer']);
        $this->assertSame('middlename=$Person.name.middle', $config['customparameters']);
        $this->assertSame(fake_sidecar::URL . '/lti/launch', $config['redirectionuris']);
        $this->assertEquals(0, $config['ltiservice_memberships']);
        $this->assertEquals(1, $config['contentitem']);
        $this->assertEquals(LTI_COURSEVISIBLE_PRECONFIGURED, $type->coursevisible);

        $course = get_course($message['course']['id']);
        $this->assertSame('Наставничество', $course->fullname);
        $this->assertEquals(1, $course->visible);
        $this->assertEquals(SEPARATEGROUPS, $course->groupmode);
        $this->assertEquals(1, $course->enablecompletion);
        $this->assertEquals(
            COMPLETION_TRACKING_MANUAL,
            $DB->get_field('course_completion_defaults', 'completion', ['course' => $course->id])
        );
        $names = array_map(
            fn(\section_info $section): string => (string) $section->name,
            get_fast_modinfo($course)->get_section_info_all()
        );
        $this->assertSame(['Рабочее место', 'Пары и группы', 'Материалы'], array_slice(array_values($names), 1, 3));
        $cm = get_fast_modinfo($course)->get_cm($message['course']['cmid']);
        $this->assertSame(activity::IDNUMBER, $cm->idnumber);
        $this->assertEquals(1, $cm->sectionnum);

        foreach ($this->staff as $person) {
            $this->assertTrue(is_enrolled(\context_course::instance($course->id), $person, '', true));
        }
        $this->assertFalse(is_enrolled(\context_course::instance($course->id), $this->pupils[0]));
        $this->assertEquals(0, $DB->get_field('enrol', 'customint1', ['courseid' => $course->id, 'enrol' => 'manual']));
        foreach ($DB->get_records('enrol', ['courseid' => $course->id, 'enrol' => 'self']) as $self) {
            $this->assertEquals(0, $self->customint4);
        }
        $this->assertSame(fake_sidecar::URL, connection::get('frameorigin'));
    }

    /**
     * A teacher can place single pages from the activity chooser of this course, and of no other one.
     */
    public function test_activity_chooser(): void {
        global $DB;
        if (!class_exists('\\mod_lti\\local\\types_helper')) {
            $this->assertFalse($DB->get_manager()->table_exists('lti_coursevisible'));
            return;
        }
        $this->run_setup();
        [$message] = $this->sidecar->posts();
        $typeid = (int) $message['lti']['deployment_id'];
        $other = $this->getDataGenerator()->create_course();
        $offered = fn(int $courseid): array => array_column(
            \mod_lti\local\types_helper::get_lti_types_by_course(
                $courseid,
                (int) get_admin()->id,
                [LTI_COURSEVISIBLE_ACTIVITYCHOOSER]
            ),
            'id'
        );
        $this->assertContainsEquals($typeid, $offered($message['course']['id']));
        $this->assertNotContainsEquals($typeid, $offered((int) $other->id));
        // Who takes it out there is not overruled by the next run.
        $DB->set_field('lti_coursevisible', 'coursevisible', LTI_COURSEVISIBLE_PRECONFIGURED, ['typeid' => $typeid]);
        $this->run_setup();
        $this->assertNotContainsEquals($typeid, $offered($message['course']['id']));
    }

    /**
     * A second run makes nothing twice, and says the same to the sidecar.
     */
    public function test_second_run(): void {
        $this->run_setup();
        $rows = $this->rows();
        $report = $this->run_setup(['sidecar' => '', 'invitation' => '', 'cohort' => '']);
        $this->assertSame('', $report->failure);
        $this->assertSame($rows, $this->rows());
        [$first, $second] = $this->sidecar->posts();
        $this->assertEquals($first, $second);
        $this->assertArrayNotHasKey('X-Mentorship-Invitation', end($this->sidecar->requests)[2]);
        $this->assertSame(['outcomedone'], array_keys(array_flip(array_slice($report->steps, -1))));
        $this->assertNotContains('outcomedone', array_slice($report->steps, 0, -1));
    }

    /**
     * A run that is cut after any of its steps is completed by the next one, as if it had never been cut.
     */
    public function test_cut_run_is_repaired(): void {
        global $DB;
        $whole = $this->run_setup();
        $rows = $this->rows();
        $message = $this->sidecar->posts()[0];
        $holes = [
            'token' => fn() => $DB->delete_records('external_tokens'),
            'authorisation' => fn() => $DB->delete_records('external_services_users'),
            'assignments' => fn() => $DB->delete_records('role_assignments', ['userid' => $this->service_user()->id]),
            'capabilities' => fn() => $DB->delete_records('role_capabilities', ['capability' => 'webservice/rest:use',
                'roleid' => $DB->get_field('role', 'id', ['shortname' => roles::SITE])]),
            'role' => fn() => delete_role($DB->get_field('role', 'id', ['shortname' => roles::COURSE])),
            'service' => fn() => $DB->set_field('external_services', 'enabled', 0, ['shortname' => 'local_mentorship']),
            'web services' => fn() => set_config('enablewebservices', 0),
            'suspended' => fn() => $DB->set_field('user', 'suspended', 1, ['id' => $this->service_user()->id]),
            'enrolment' => fn() => enrol_get_plugin('cohort')->delete_instance(
                $DB->get_record('enrol', ['courseid' => $message['course']['id'], 'enrol' => 'cohort'])
            ),
            'section' => fn() => $DB->set_field('course_sections', 'name', null, ['course' => $message['course']['id']]),
            'activity' => fn() => course_delete_module($message['course']['cmid']),
            'known ids' => function (): void {
                foreach (['typeid', 'courseid', 'cmid'] as $name) {
                    connection::set($name, '');
                }
            },
            'register' => function (): void {
                global $DB;
                $DB->delete_records('local_mentorship_staff');
                connection::set('registerpending', 1);
            },
            'lti type' => function () use ($message): void {
                global $DB;
                $DB->set_field('lti_types', 'state', LTI_TOOL_STATE_PENDING, ['id' => $message['lti']['deployment_id']]);
            },
        ];
        foreach ($holes as $name => $hole) {
            $hole();
            accesslib_clear_all_caches_for_unit_testing();
            $report = $this->run_setup();
            $this->assertSame('', $report->failure, $name);
            $this->assertSame(array_keys($whole->steps), array_keys($report->steps), $name);
            $this->assertSame($rows, $this->rows(), $name);
        }
    }

    /**
     * What answers there is no sidecar: Moodle stays as it was.
     */
    public function test_no_sidecar(): void {
        $rows = $this->rows();
        $this->sidecar->tool = ['product' => 'something else'];
        $report = $this->run_setup();
        $this->assertStringContainsString(fake_sidecar::URL, $report->failure);
        $this->sidecar->tool = ['protocol' => 3] + (new fake_sidecar())->tool;
        $this->assertStringContainsString('3', $this->run_setup()->failure);
        $this->sidecar->tool = ['jwks_url' => 'https://evil.example/jwks'] + (new fake_sidecar())->tool;
        $this->assertStringContainsString('evil.example', $this->run_setup()->failure);
        foreach (['http://mentor.example', 'mentor.example', 'ftp://mentor.example', 'https://a:b@mentor.example'] as $url) {
            $this->assertStringContainsString($url, $this->run_setup(['sidecar' => $url])->failure);
        }
        $this->assertSame($rows, $this->rows());
        $this->assertSame('', connection::get('sidecarurl'));
        $this->assertSame([], $this->sidecar->posts());
    }

    /**
     * With several cohorts the administrator is asked, by name.
     */
    public function test_cohort_must_be_chosen(): void {
        $this->getDataGenerator()->create_cohort(['idnumber' => 'pupils', 'name' => 'Ученики']);
        $rows = $this->rows();
        foreach (['', 'stuff'] as $cohort) {
            $failure = $this->run_setup(['cohort' => $cohort])->failure;
            $this->assertStringContainsString('staff', $failure);
            $this->assertStringContainsString('Ученики', $failure);
        }
        $this->assertStringContainsString('nobody', $this->run_setup(['curator' => 'nobody'])->failure);
        $this->assertSame($rows, $this->rows());
        $this->assertSame('', $this->run_setup(['cohort' => (string) $this->cohort->id])->failure);
    }

    /**
     * A refusal is said in a sentence of its own, and the next run goes on.
     */
    public function test_refusals(): void {
        foreach (['invitation_invalid', 'invitation_used', 'signature_invalid', 'site_belongs_to_another_school'] as $code) {
            $this->sidecar->next = [new answer(401, json_encode(['code' => $code, 'detail' => 'why']))];
            $report = $this->run_setup();
            $this->assertStringContainsString($code, $report->failure);
            $this->assertSame('', $report->success);
        }
        $this->sidecar->next = [new answer(0, '', 'Connection refused')];
        $this->assertStringContainsString('Connection refused', $this->run_setup()->failure);
        $usual = ['webhook_url' => fake_sidecar::URL . '/w', 'frame_origin' => fake_sidecar::URL];
        $this->sidecar->next = [new answer(200, json_encode($usual + ['webservice' => 'unreachable']))];
        $this->assertStringContainsString('unreachable', $this->run_setup()->failure);
        $this->sidecar->next = [new answer(200, json_encode(['webhook_url' => 'https://evil.example/w'] + $usual))];
        $this->assertStringContainsString('evil.example', $this->run_setup()->failure);
        $this->sidecar->next = [new answer(200, json_encode(['frame_origin' => 'https://evil.example'] + $usual))];
        $this->assertStringContainsString('evil.example', $this->run_setup()->failure);
        $this->assertNotSame('https://evil.example', connection::get('frameorigin'));
        $this->assertSame('', $this->run_setup()->failure);
        $secrets = array_map(fn(array $message): string => $message['webhook']['secret'], $this->sidecar->posts());
        $this->assertCount(1, array_unique($secrets));
    }

    /**
     * Another cohort is another staff: it enters, the former one leaves, and the journal is another one.
     */
    public function test_another_cohort(): void {
        $this->run_setup();
        $journal = journal::id();
        $other = $this->getDataGenerator()->create_cohort(['idnumber' => 'other']);
        cohort_add_member($other->id, $this->staff[0]->id);
        $newcomer = $this->getDataGenerator()->create_user();
        cohort_add_member($other->id, $newcomer->id);
        $this->assertSame('', $this->run_setup(['cohort' => 'other'])->failure);
        $this->assertNotSame($journal, journal::id());
        $context = \context_course::instance((int) connection::get('courseid'));
        $this->assertTrue(is_enrolled($context, $this->staff[0]));
        $this->assertTrue(is_enrolled($context, $newcomer));
        $this->assertFalse(is_enrolled($context, $this->staff[1]));
    }

    /**
     * A course that stood there before is used when it is named, and its sections are left alone.
     */
    public function test_course_of_the_school(): void {
        global $DB;
        $course = $this->getDataGenerator()->create_course(['shortname' => 'mentorship']);
        $report = $this->run_setup();
        $this->assertStringContainsString('--course', $report->failure);
        $this->assertSame('', $this->run_setup(['course' => 'mentorship'])->failure);
        $this->assertEquals($course->id, connection::get('courseid'));
        $this->assertFalse($DB->record_exists('course_sections', ['course' => $course->id, 'name' => 'Рабочее место']));
    }

    /**
     * The service user reads the staff and works in one course. It sees no pupil and touches no other course.
     */
    public function test_least_rights(): void {
        global $DB;
        $this->run_setup();
        $user = $this->service_user();
        $elsewhere = $this->getDataGenerator()->create_course();
        $this->getDataGenerator()->enrol_user($this->pupils[0]->id, $elsewhere->id, 'student');
        $system = \context_system::instance();
        $site = $DB->get_field('role', 'id', ['shortname' => roles::SITE]);
        $this->assertEqualsCanonicalizing(
            ['local/mentorship:readstaff', 'local/mentorship:sendmessage', 'webservice/rest:use'],
            array_keys($DB->get_records_menu('role_capabilities', ['roleid' => $site], '', 'capability, permission'))
        );
        $this->assertEquals(
            [$system->id, \context_course::instance(connection::get('courseid'))->id],
            array_values($DB->get_fieldset_select('role_assignments', 'contextid', 'userid = ? ORDER BY contextid', [$user->id]))
        );

        $this->setUser($user);
        $this->assertCount(3, external\get_staff::execute()['people']);
        foreach (['moodle/user:viewdetails', 'moodle/user:viewalldetails', 'moodle/site:viewuseridentity',
                'moodle/cohort:view', 'moodle/course:view', 'moodle/role:assign', 'moodle/site:accessallgroups',
                'moodle/site:messageanyuser', 'moodle/course:overridecompletion',
                'local/mentorship:setcompletion'] as $capability) {
            $this->assertFalse(has_capability($capability, $system), $capability);
            $this->assertFalse(has_capability($capability, \context_course::instance($elsewhere->id)), $capability);
        }

        $pupil = $this->pupils[0];
        $calls = [
            ['core_user_get_users', ['criteria' => [['key' => 'email', 'value' => $pupil->email]]]],
            ['core_user_get_users_by_field', ['field' => 'id', 'values' => [$pupil->id]]],
            ['core_enrol_get_enrolled_users', ['courseid' => $elsewhere->id]],
            ['core_group_create_groups', ['groups' => [['courseid' => $elsewhere->id, 'name' => 'x', 'description' => '']]]],
        ];
        foreach ($calls as [$function, $arguments]) {
            $answer = $this->call_function($function, $arguments);
            $this->assertNotSame('missingparam', $answer['exception']->errorcode ?? '');
            $this->assert_no_pupil($answer);
            $this->assertTrue($answer['error'] || !array_filter((array) ($answer['data']['users'] ?? $answer['data'])), $function);
        }
        $message = ['userid' => $pupil->id, 'key' => '1', 'subject' => 'x', 'text' => 'x', 'address' => fake_sidecar::URL . '/'];
        $answer = $this->call_function('local_mentorship_send_message', $message);
        $this->assertSame(['status' => 'not_staff'], $answer['data'] ?? $answer);
        $allowed = $DB->get_fieldset_sql(
            'SELECT f.functionname FROM {external_services_functions} f
               JOIN {external_services} s ON s.id = f.externalserviceid WHERE s.shortname = ?',
            ['local_mentorship']
        );
        $this->assertNotContains('core_user_get_users', $allowed);
        $this->assertNotContains('core_user_get_users_by_field', $allowed);
    }

    /**
     * What the sidecar does in the course works with these rights.
     */
    public function test_rights_suffice(): void {
        $this->run_setup();
        $courseid = (int) connection::get('courseid');
        $guest = $this->getDataGenerator()->create_user();
        $studentrole = $this->sidecar->posts()[0]['student_role_id'];
        $link = $this->getDataGenerator()->create_module('lti', [
            'course' => $courseid,
            'typeid' => connection::get('typeid'),
            'completion' => COMPLETION_TRACKING_MANUAL,
        ]);
        $messages = $this->redirectMessages();
        $this->setUser($this->service_user());
        $call = function (string $function, array $arguments): array {
            $answer = $this->call_function($function, $arguments);
            $this->assertFalse($answer['error'], $function . json_encode($answer));
            return (array) $answer['data'];
        };
        $mark = ['linkid' => $link->id, 'userid' => $this->staff[0]->id, 'done' => true];
        $this->assertSame(['status' => 'set'], $call('local_mentorship_set_completion', $mark));
        $message = ['userid' => $this->staff[0]->id, 'key' => '1', 'subject' => 'Анкета', 'text' => 'Ответьте',
            'address' => fake_sidecar::URL . '/'];
        $this->assertSame(['status' => 'sent'], $call('local_mentorship_send_message', $message));
        $this->assertSame(1, $messages->count());
        $call('enrol_manual_enrol_users', ['enrolments' => [
            ['roleid' => $studentrole, 'userid' => $guest->id, 'courseid' => $courseid],
        ]]);
        $group = $call('core_group_create_groups', ['groups' => [
            ['courseid' => $courseid, 'name' => 'Пара', 'description' => '', 'idnumber' => 'pair-1', 'visibility' => 1],
        ]])[0];
        $call('core_group_add_group_members', ['members' => [
            ['groupid' => $group['id'], 'userid' => $guest->id],
            ['groupid' => $group['id'], 'userid' => $this->staff[0]->id],
        ]]);
        $members = $call('core_group_get_group_members', ['groupids' => [$group['id']]]);
        $this->assertCount(2, $members[0]['userids']);
        $call('core_group_get_course_groups', ['courseid' => $courseid]);
        $this->assertCount(4, $call('core_enrol_get_enrolled_users', ['courseid' => $courseid]));
        $events = $call('core_calendar_create_calendar_events', ['events' => [
            ['name' => 'Встреча', 'courseid' => $courseid, 'groupid' => $group['id'], 'eventtype' => 'group',
                'timestart' => time()],
        ]]);
        $this->assertSame([], $events['warnings']);
        $call('core_calendar_delete_calendar_events', ['events' => [['eventid' => $events['events'][0]['id'], 'repeat' => 0]]]);
        $call('core_group_delete_group_members', ['members' => [['groupid' => $group['id'], 'userid' => $guest->id]]]);
        $call('core_group_delete_groups', ['groupids' => [$group['id']]]);
        $call('enrol_manual_unenrol_users', ['enrolments' => [['userid' => $guest->id, 'courseid' => $courseid]]]);
    }

    /**
     * A required custom field of the site does not lock the service user out of its course.
     */
    public function test_required_profile_field(): void {
        $this->getDataGenerator()->create_custom_profile_field(
            ['shortname' => 'snils', 'name' => 'СНИЛС', 'datatype' => 'text', 'required' => 1]
        );
        $this->run_setup();
        $this->assertFalse(user_not_fully_set_up($this->service_user(), true));
    }

    /**
     * A person's account is never turned into the service user.
     */
    public function test_username_taken(): void {
        $this->getDataGenerator()->create_user(['username' => service_user::USERNAME]);
        $this->assertStringContainsString(service_user::USERNAME, $this->run_setup()->failure);
    }

    /**
     * Moodle's protection against calls to the inside is named with what to change.
     */
    public function test_curl_security(): void {
        set_config('curlsecurityblockedhosts', "10.0.0.0/8\nmentor.example");
        set_config('curlsecurityallowedport', "80");
        $report = $this->run_setup();
        $this->assertCount(1, $report->warnings);
        foreach (['mentor.example', '443', 'section=httpsecurity'] as $fix) {
            $this->assertStringContainsString($fix, $report->warnings[0]);
        }
        $this->assertSame(['curl_security_blocks_sidecar'], $this->sidecar->posts()[0]['warnings']);
        $this->assertSame('80', get_config('core', 'curlsecurityallowedport'));
        set_config('curlsecurityblockedhosts', '');
        set_config('curlsecurityallowedport', '');
        $this->assertSame([], $this->run_setup()->warnings);
    }

    /**
     * A curator outside the cohort could not come in.
     */
    public function test_curator_outside_the_cohort(): void {
        $report = $this->run_setup(['curator' => $this->pupils[0]->username]);
        $this->assertSame('', $report->failure);
        $this->assertStringContainsString($this->pupils[0]->username, $report->warnings[0]);
    }

    /**
     * Uninstalling ends the sidecar's access; a new connection opens it again.
     */
    public function test_removal(): void {
        global $DB;
        $this->run_setup();
        removal::run();
        $this->assertFalse($DB->record_exists('external_tokens', ['userid' => $this->service_user()->id]));
        $this->assertEquals(1, $this->service_user()->suspended);
        $this->assertFalse($DB->record_exists('role', ['shortname' => roles::SITE]));
        $this->assertTrue($DB->record_exists('course', ['id' => connection::get('courseid')]));
        $this->assertSame('', $this->run_setup()->failure);
        $this->assertEquals(0, $this->service_user()->suspended);
    }
}
