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
 * Groups of pairs in the connected course: what core functions neither tell nor change.
 *
 * The sidecar knows its groups by idnumbers that begin with a word of ours; no other group is touched or told about.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class pair_groups {
    /** How the idnumbers of the sidecar's groups begin. */
    public const PREFIX = 'mentorship-';

    /** It was changed now. */
    public const SET = 'set';

    /** It stood so already. */
    public const SAME = 'same';

    /** Messages are switched off for the whole site. */
    public const OFF = 'off';

    /** There is no such group of the sidecar's in the connected course. */
    public const MISSING = 'missing';

    /** @var int the connected course */
    private int $courseid;

    /**
     * The groups of a course.
     *
     * @param int $courseid
     */
    public function __construct(int $courseid) {
        $this->courseid = $courseid;
    }

    /**
     * Switches a group's conversation on, with all members, or off; what was written stays. Its name becomes the group's.
     *
     * Not by groups_update_group(): it asks whether the caller may open conversations, and with that right every
     * renaming by web service would close them.
     *
     * @param int $groupid
     * @param bool $enabled
     * @return string what became of it
     */
    public function set_conversation(int $groupid, bool $enabled): string {
        global $CFG;
        $group = $this->ours([$groupid])[$groupid] ?? null;
        if (!$group) {
            return self::MISSING;
        }
        if (empty($CFG->messaging)) {
            return self::OFF;
        }
        $conversation = $this->conversation($groupid);
        if (!$conversation) {
            return $enabled ? $this->open($group) : self::SAME;
        }
        \core_message\api::update_conversation_name($conversation->id, $group->name);
        if ((bool) $conversation->enabled === $enabled) {
            return self::SAME;
        }
        if ($enabled) {
            \core_message\api::enable_conversation($conversation->id);
        } else {
            \core_message\api::disable_conversation($conversation->id);
        }
        return self::SET;
    }

    /**
     * Whether conversations are on, and in which groupings the groups stand. Groups that are not ours are left out.
     *
     * @param int[] $groupids
     * @return array[]
     */
    public function states(array $groupids): array {
        global $DB;
        $states = [];
        foreach ($this->ours($groupids) as $group) {
            $conversation = $this->conversation($group->id);
            $states[] = [
                'id' => (int) $group->id,
                'conversation' => $conversation && $conversation->enabled,
                'groupings' => $DB->get_fieldset_select('groupings_groups', 'groupingid', 'groupid = ?', [$group->id]),
            ];
        }
        return $states;
    }

    /**
     * Since when people are enrolled in the course without a break. Who is not enrolled is left out.
     *
     * Moodle takes out of all groups whoever loses the last enrolment, and puts nobody back: an enrolment that is younger
     * than the membership we remember tells this apart from a hand.
     *
     * @param int[] $userids
     * @return array[]
     */
    public function enrolments(array $userids): array {
        global $DB;
        if (!$userids) {
            return [];
        }
        [$in, $params] = $DB->get_in_or_equal($userids, SQL_PARAMS_NAMED);
        $since = $DB->get_records_sql_menu(
            "SELECT ue.userid, MIN(ue.timecreated)
               FROM {user_enrolments} ue
               JOIN {enrol} e ON e.id = ue.enrolid
              WHERE e.courseid = :courseid AND ue.userid {$in}
           GROUP BY ue.userid",
            ['courseid' => $this->courseid] + $params
        );
        $rows = [];
        foreach ($since as $userid => $time) {
            $rows[] = ['userid' => (int) $userid, 'since' => (int) $time];
        }
        return $rows;
    }

    /**
     * Opens a conversation with everybody who is in the group.
     *
     * @param \stdClass $group
     * @return string
     */
    private function open(\stdClass $group): string {
        global $DB;
        $members = $DB->get_fieldset_select('groups_members', 'userid', 'groupid = ?', [$group->id]);
        \core_message\api::create_conversation(
            \core_message\api::MESSAGE_CONVERSATION_TYPE_GROUP,
            $members,
            $group->name,
            \core_message\api::MESSAGE_CONVERSATION_ENABLED,
            'core_group',
            'groups',
            $group->id,
            \context_course::instance($this->courseid)->id
        );
        return self::SET;
    }

    /**
     * A group's conversation, switched on or off.
     *
     * @param int $groupid
     * @return \stdClass|null
     */
    private function conversation(int $groupid): ?\stdClass {
        $context = \context_course::instance($this->courseid);
        $found = \core_message\api::get_conversation_by_area('core_group', 'groups', $groupid, $context->id);
        return $found ?: null;
    }

    /**
     * Those of the groups that are the sidecar's.
     *
     * @param int[] $groupids
     * @return \stdClass[] by id
     */
    private function ours(array $groupids): array {
        global $DB;
        if (!$groupids) {
            return [];
        }
        [$in, $params] = $DB->get_in_or_equal($groupids, SQL_PARAMS_NAMED);
        $like = $DB->sql_like('idnumber', ':prefix');
        return $DB->get_records_select(
            'groups',
            "courseid = :courseid AND {$like} AND id {$in}",
            ['courseid' => $this->courseid, 'prefix' => self::PREFIX . '%'] + $params,
            'id'
        );
    }
}
