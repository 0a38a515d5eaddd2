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

use local_mentorship\local\address;
use local_mentorship\local\answer;
use local_mentorship\local\connection;
use local_mentorship\local\problem;
use local_mentorship\local\sidecar_client;
use local_mentorship\local\webhook;

/**
 * Hands everything over to the sidecar in one signed call.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class hand_over extends step {
    /** Refusals that have a sentence of their own: the sidecar's code => name of the string. */
    private const REFUSALS = [
        'invitation_invalid' => 'errorinvitationinvalid',
        'invitation_used' => 'errorinvitationused',
        'signature_invalid' => 'errorsignature',
        'timestamp_out_of_window' => 'errorclock',
        'site_belongs_to_another_school' => 'erroranotherschool',
        'protocol_unsupported' => 'errorprotocolrefused',
    ];

    /** @var sidecar_client */
    private sidecar_client $client;

    /**
     * A step.
     *
     * @param sidecar_client $client
     */
    public function __construct(sidecar_client $client) {
        $this->client = $client;
    }

    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'stephandover';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        $invitation = $state->options->invitation;
        $answer = $this->client->post(
            "{$state->sidecar}/api/v1/connect",
            $this->message($state),
            \core\uuid::generate(),
            $invitation === '' ? [] : ['X-Mentorship-Invitation' => $invitation]
        );
        if ($answer->status !== 200) {
            throw new problem(
                self::REFUSALS[$answer->text('code')] ?? 'errorhandover',
                $this->reason($answer)
            );
        }
        $this->keep($answer, $state);
        foreach ($answer->document['warnings'] ?? [] as $warning) {
            $text = is_string($warning) ? $warning : json_encode($warning, JSON_UNESCAPED_UNICODE);
            // What we told the sidecar ourselves stands on the screen already.
            if (!isset($state->warnings[$text])) {
                $state->warn("sidecar:{$text}", get_string('warningsidecar', 'local_mentorship', $text));
            }
        }
        if ($answer->text('webservice') !== 'ok') {
            throw new problem('errorcallback', (object) [
                'code' => $answer->text('webservice'),
                'detail' => $answer->text('webservice_detail'),
            ]);
        }
        webhook::announce();
        return outcome::of(true, (string) ($answer->document['school']['name'] ?? ''));
    }

    /**
     * Why the sidecar refused.
     *
     * @param answer $answer
     * @return string
     */
    private function reason(answer $answer): string {
        $errors = $answer->document['errors'] ?? null;
        return $answer->summary() . ($errors ? ' ' . json_encode($errors, JSON_UNESCAPED_UNICODE) : '');
    }

    /**
     * Keeps what the sidecar answered.
     *
     * @param answer $answer
     * @param state $state
     */
    private function keep(answer $answer, state $state): void {
        $webhookurl = $answer->text('webhook_url');
        $frameorigin = $answer->text('frame_origin');
        $origin = address::origin($state->sidecar);
        // Pages of this origin set the height of a frame in the course; signed messages go to it.
        if (address::origin($webhookurl) !== $origin || $frameorigin !== $origin) {
            throw new problem('erroranswer', "{$webhookurl} {$frameorigin}");
        }
        connection::set('webhookurl', $webhookurl);
        connection::set('frameorigin', $frameorigin);
        connection::set('webhookstopped', 0);
        connection::set('connectedat', time());
    }

    /**
     * Everything the sidecar needs to know.
     *
     * @param state $state
     * @return array
     */
    private function message(state $state): array {
        global $CFG, $DB, $SITE;
        $root = $CFG->wwwroot;
        return [
            'protocol' => check_sidecar::PROTOCOL,
            'site' => [
                'url' => $root,
                'name' => $this->plain($SITE->fullname),
                'moodle_version' => preg_replace('/^([\d.]+).*$/', '$1', $CFG->release),
                'plugin_version' => (string) get_config('local_mentorship', 'version'),
            ],
            'lti' => [
                'issuer' => $root,
                'client_id' => $DB->get_field('lti_types', 'clientid', ['id' => $state->typeid], MUST_EXIST),
                'deployment_id' => (string) $state->typeid,
                'auth_url' => "{$root}/mod/lti/auth.php",
                'token_url' => "{$root}/mod/lti/token.php",
                'jwks_url' => "{$root}/mod/lti/certs.php",
            ],
            'webservice' => ['token' => $state->token, 'url' => "{$root}/webservice/rest/server.php"],
            'webhook' => ['secret' => connection::secret()],
            'course' => [
                'id' => (int) $state->course->id,
                'shortname' => $state->course->shortname,
                'url' => course_get_url($state->course)->out(false),
                'cmid' => $state->cmid,
            ],
            'cohort' => [
                'id' => (int) $state->cohort->id,
                'idnumber' => (string) $state->cohort->idnumber,
                'name' => $this->plain($state->cohort->name),
                'members' => (int) $state->cohort->members,
            ],
            'student_role_id' => $state->studentroleid,
            'profile_fields' => array_values(array_map(fn(\stdClass $field): array => [
                'shortname' => $field->shortname,
                'name' => $this->plain($field->name),
                'datatype' => $field->datatype,
            ], $DB->get_records('user_info_field', null, 'categoryid, sortorder', 'id, shortname, name, datatype'))),
            'curator' => $state->curator ? ['user_id' => (int) $state->curator->id] : null,
            'warnings' => array_keys($state->warnings),
        ];
    }

    /**
     * A name as people read it, without markup.
     *
     * @param string $text
     * @return string
     */
    private function plain(string $text): string {
        return format_string($text, true, ['context' => \context_system::instance(), 'escape' => false]);
    }
}
