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

use local_mentorship\local\connection;

/**
 * Registers the sidecar as an LTI 1.3 tool of the whole site.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class lti_tool extends step {
    /**
     * Name of the string that names the step.
     *
     * @return string
     */
    public function title(): string {
        return 'steptool';
    }

    /**
     * Does the step.
     *
     * @param state $state
     * @return outcome
     */
    public function run(state $state): outcome {
        global $CFG;
        require_once($CFG->dirroot . '/mod/lti/locallib.php');
        $wanted = $this->settings($state);
        $type = $this->find($state->tool['tool_url']);
        $changed = true;
        if (!$type) {
            // Both functions change what they are given.
            $state->typeid = (int) lti_add_type(
                (object) ['state' => LTI_TOOL_STATE_CONFIGURED],
                (object) (['lti_typename' => $this->content('toolname')] + $wanted)
            );
        } else {
            $state->typeid = (int) $type->id;
            $held = (array) lti_get_type_type_config($type->id);
            $different = array_filter(
                $wanted,
                fn($value, string $name): bool => (string) ($held[$name] ?? '') !== (string) $value,
                ARRAY_FILTER_USE_BOTH
            );
            $changed = $different || (int) $type->state !== LTI_TOOL_STATE_CONFIGURED;
            if ($changed) {
                $type->state = LTI_TOOL_STATE_CONFIGURED;
                lti_update_type($type, (object) ($wanted + ['oldicon' => (string) $type->icon]));
            }
        }
        connection::set('typeid', $state->typeid);
        return outcome::of((bool) $changed);
    }

    /**
     * The tool of the last connection, or one with the sidecar's address.
     *
     * @param string $toolurl
     * @return \stdClass|null
     */
    private function find(string $toolurl): ?\stdClass {
        global $DB;
        $known = $DB->get_record('lti_types', ['id' => (int) connection::get('typeid')]);
        return $known ?: ($DB->get_record_select(
            'lti_types',
            $DB->sql_compare_text('baseurl', 1333) . ' = :url AND ltiversion = :version AND course = :site',
            ['url' => $toolurl, 'version' => LTI_VERSION_1P3, 'site' => SITEID],
            '*',
            IGNORE_MULTIPLE
        ) ?: null);
    }

    /**
     * The tool as it must be. The name is left to the school.
     *
     * @param state $state
     * @return array
     */
    private function settings(state $state): array {
        $icon = (string) ($state->tool['icon_url'] ?? '');
        $secure = str_starts_with($icon, 'https://');
        return [
            'lti_toolurl' => $state->tool['tool_url'],
            'lti_description' => $this->content('tooldescription'),
            'lti_ltiversion' => LTI_VERSION_1P3,
            'lti_keytype' => LTI_JWK_KEYSET,
            'lti_publickeyset' => $state->tool['jwks_url'],
            'lti_initiatelogin' => $state->tool['login_url'],
            'lti_redirectionuris' => $state->tool['launch_url'],
            'lti_customparameters' => 'middlename=$Person.name.middle',
            'lti_launchcontainer' => LTI_LAUNCH_CONTAINER_EMBED_NO_BLOCKS,
            'lti_coursevisible' => LTI_COURSEVISIBLE_PRECONFIGURED,
            'lti_sendname' => LTI_SETTING_ALWAYS,
            'lti_sendemailaddr' => LTI_SETTING_ALWAYS,
            'lti_acceptgrades' => LTI_SETTING_NEVER,
            'lti_organizationid_default' => LTI_DEFAULT_ORGID_SITEID,
            'lti_icon' => $icon,
            'lti_secureicon' => $secure ? $icon : '',
            // "Select content": the curator places single pages of ours in the course. It begins at the tool's own address.
            'lti_contentitem' => 1,
            'lti_toolurl_ContentItemSelectionRequest' => '',
            // A site-wide tool could read the members of any course with these, pupils included.
            'ltiservice_memberships' => 0,
            'ltiservice_gradesynchronization' => 0,
            'ltiservice_toolsettings' => 0,
        ];
    }
}
