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

/**
 * Strings in English.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['activityname'] = 'Mentorship';
$string['clihelp'] = 'Connects this Moodle with the Moodle Mentorship sidecar. May be run again at any time: it finds what is there and makes what is missing.

  --sidecar=URL, -s        Address of the sidecar
  --invitation=CODE, -i    Invitation code of the school, for the first connection
  --cohort=IDNUMBER|ID     The cohort with the staff; may be left out when it was chosen before or is the only one
  --curator=USERNAME       Who becomes the first curator
  --course=SHORTNAME       The course; «mentorship» is made when nothing is named
  --help, -h               This text

Example:
  php local/mentorship/cli/connect.php --sidecar=https://mentor.example --invitation=CODE --cohort=staff --curator=ivanova';
$string['connectbutton'] = 'Connect';
$string['connected'] = 'Connected: {$a->sidecar}. Teachers find the tool in the course {$a->course}';
$string['connectedsince'] = 'Connected with {$a->sidecar}, last on {$a->time}.';
$string['connectintro'] = 'Connects this Moodle with the Moodle Mentorship sidecar: web services, a service user with the least rights, the LTI tool, the course and its enrolments. Pressing the button again repairs what is missing and breaks nothing.';
$string['connectpage'] = 'Mentorship: connection';
$string['coursename'] = 'Mentorship';
$string['coursesummary'] = 'The school\'s mentoring: pairs, plans, materials.';
$string['erroraddress'] = 'A message may lead to this Moodle or to the sidecar, and nowhere else: {$a}';
$string['erroranotherschool'] = 'This Moodle already belongs to another school in the sidecar ({$a}). Ask the owner of the sidecar to disable that connection.';
$string['erroranswer'] = 'The sidecar\'s answer is not as agreed ({$a}). Check the public address in its settings, then run the command again.';
$string['errorbusy'] = 'Another connection is running. Wait until it has ended, then try again.';
$string['errorcallback'] = 'The sidecar is connected, but could not call this Moodle: {$a->code} {$a->detail}. Check that the sidecar\'s machine reaches this site\'s address, then run the command again.';
$string['errorchoosecohort'] = 'Several cohorts exist. Name the one with the staff, for example --cohort=staff. There are: {$a}';
$string['errorclock'] = 'The clocks of Moodle and of the sidecar differ by more than five minutes. Set the time on both machines, then run the command again. ({$a})';
$string['errorcohort'] = 'There is no one cohort "{$a->wanted}". Name one of these by its idnumber or id: {$a->cohorts}';
$string['errorcohortgone'] = 'The staff cohort was deleted. Run cli/connect.php with --cohort again.';
$string['errorcoursetaken'] = 'A course with the short name "{$a}" is there already, and the plugin did not make it. Name it with --course={$a} to use it, or name another one.';
$string['errorcurator'] = 'There is no active user with the username "{$a}". Check --curator.';
$string['errorfrontpage'] = 'The front page cannot be the course. Name another one with --course.';
$string['errorhandover'] = 'The sidecar did not accept the connection: {$a}. Everything in Moodle is ready; when the reason is removed, run the command again.';
$string['errorinvitationinvalid'] = 'The sidecar does not know this invitation, or it has expired. Ask for a new code («mentorship invite») and run the command again with --invitation. ({$a})';
$string['errorinvitationused'] = 'This invitation was used already. Ask for a new code («mentorship invite») and run the command again with --invitation. ({$a})';
$string['errormessageoff'] = 'Messages of the plugin are switched off in this Moodle.';
$string['errornocohorts'] = 'This site has no cohort. Make one with all the staff (Site administration > Users > Cohorts), then run the command again.';
$string['errornoservice'] = 'The plugin\'s web service is missing. Run admin/cli/upgrade.php, or install the plugin again.';
$string['errornosidecar'] = 'Name the sidecar\'s address: --sidecar=https://…';
$string['errornostudentrole'] = 'This site has no role of the student archetype; teachers are enrolled with it. Restore it under Site administration > Users > Define roles.';
$string['errornotconnected'] = 'This Moodle is not connected yet. Run cli/connect.php.';
$string['errornotsidecar'] = 'No Moodle Mentorship sidecar answers at {$a->url}. Nothing was changed in Moodle. Check the address, and whether the sidecar runs. ({$a->answer})';
$string['errorprotocol'] = 'The plugin speaks protocol {$a->ours}, the sidecar speaks {$a->theirs}. Upgrade the older of the two.';
$string['errorprotocolrefused'] = 'The sidecar does not speak this plugin\'s protocol. Upgrade the older of the two. ({$a})';
$string['errorserviceuser'] = 'The username "{$a}" belongs to an account with another way to log in. Rename that account, then run the command again.';
$string['errorsidecarhttp'] = '{$a} is not encrypted, and the connection hands over a token. Use https:// (http is allowed for this machine only).';
$string['errorsidecarother'] = 'The sidecar at {$a->url} names another address as its own: {$a->theirs}. Connect by the public address from its settings.';
$string['errorsidecarurl'] = '"{$a}" is no address of a sidecar. It looks like https://mentor.example';
$string['errorsignature'] = 'The sidecar holds another secret for this site. Ask for a new invitation («mentorship invite») and run the command again with --invitation. ({$a})';
$string['errorunexpected'] = 'The step "{$a->step}" failed: {$a->error}. When the reason is removed, run the command again; it goes on from here.';
$string['errorwebhook'] = 'The sidecar did not take the message about changes: {$a}';
$string['fieldcohort'] = 'Staff cohort';
$string['fieldcohort_help'] = 'Only members of this cohort are known to the sidecar. No pupil\'s record ever leaves Moodle.';
$string['fieldcourse'] = 'Short name of the course';
$string['fieldcourse_help'] = 'Leave it empty, and the course «Наставничество» is made.';
$string['fieldcurator'] = 'Username of the first curator';
$string['fieldcurator_help'] = 'This person keeps the pairs in the sidecar and appoints the other roles. May be left empty when a curator is there already.';
$string['fieldinvitation'] = 'Invitation code';
$string['fieldinvitation_help'] = 'The owner of the sidecar gives it («mentorship invite»). Needed for the first connection only.';
$string['fieldsidecar'] = 'Address of the sidecar';
$string['fieldsidecar_help'] = 'For example https://mentor.example';
$string['mentorship:readstaff'] = 'Read the members of the staff cohort';
$string['mentorship:sendmessage'] = 'Send messages to the members of the staff cohort';
$string['mentorship:setcompletion'] = 'Mark activities of the mentoring tool as done';
$string['messageprovider:note'] = 'Messages about mentoring';
$string['notconnected'] = 'Not connected yet.';
$string['outcomeattention'] = 'needs your attention';
$string['outcomedone'] = 'done';
$string['outcomefine'] = 'fine';
$string['outcomepresent'] = 'already there';
$string['pluginname'] = 'Mentorship';
$string['privacy:metadata:core_message'] = 'Messages that the sidecar sends to members of the staff.';
$string['privacy:metadata:journal'] = 'Which staff members\' data changed, so that the sidecar can read it again. Rows are kept for 90 days.';
$string['privacy:metadata:journal:kind'] = 'Whether the person changed, left the staff or was deleted';
$string['privacy:metadata:journal:timecreated'] = 'When that was noted';
$string['privacy:metadata:message'] = 'Which messages of the sidecar were sent to the person, so that none is sent twice. Rows are kept for 60 days.';
$string['privacy:metadata:message:messagekey'] = 'The sidecar\'s name for the message';
$string['privacy:metadata:message:timecreated'] = 'When it was sent';
$string['privacy:metadata:sidecar'] = 'The Moodle Mentorship sidecar, which the school connects in order to run the mentoring of its teachers. It gets the members of the staff cohort and nobody else.';
$string['privacy:metadata:sidecar:email'] = 'E-mail address';
$string['privacy:metadata:sidecar:fullname'] = 'First name, last name and patronymic';
$string['privacy:metadata:sidecar:profile'] = 'Custom profile fields that the school has chosen, such as position, subjects or hire date';
$string['privacy:metadata:sidecar:suspended'] = 'Whether the account is suspended';
$string['privacy:metadata:staff'] = 'Who is or was in the staff cohort.';
$string['privacy:metadata:staff:fingerprint'] = 'A checksum of the person\'s data, by which changes are found';
$string['privacy:metadata:staff:timeleft'] = 'When the person left the cohort';
$string['privacy:metadata:staff:timemodified'] = 'When this row was written';
$string['privacy:metadata:userid'] = 'User id in Moodle';
$string['reportfailure'] = 'STOPPED: {$a}';
$string['reportwarning'] = 'Note: {$a}';
$string['rolecourse'] = 'Mentorship sidecar: course';
$string['rolecoursedescription'] = 'Groups, enrolments, calendar and completion in the mentoring course. Held by the sidecar\'s service user.';
$string['rolesite'] = 'Mentorship sidecar: site';
$string['rolesitedescription'] = 'Reads the members of the staff cohort by web service and sends them messages, and nothing else. Held by the sidecar\'s service user.';
$string['sectiondesk'] = 'Desk';
$string['sectiondesksummary'] = 'Here you open the mentoring tool. No second password is needed.';
$string['sectionmaterials'] = 'Materials';
$string['sectionmaterialssummary'] = 'Memos, forms and examples for mentors and mentees.';
$string['sectionpairs'] = 'Pairs and groups';
$string['sectionpairssummary'] = 'Each pair works in its own group; only its members see each other.';
$string['serviceuserfirstname'] = 'Mentorship';
$string['serviceuserlastname'] = 'Service';
$string['stepactivity'] = 'Activity in the course';
$string['stepcohort'] = 'Staff cohort';
$string['stepcourse'] = 'Course';
$string['stepcurl'] = 'cURL security';
$string['stepenrolment'] = 'Enrolments';
$string['stephandover'] = 'Hand-over to the sidecar';
$string['steprights'] = 'Rights in the course';
$string['stepserviceuser'] = 'Service user';
$string['stepsidecar'] = 'Sidecar';
$string['steptoken'] = 'Web-service token';
$string['steptool'] = 'LTI tool';
$string['stepwebservices'] = 'Web services';
$string['taskcompare'] = 'Look for unannounced changes of the staff';
$string['taskprune'] = 'Forget old rows of the journal and old keys of messages';
$string['taskwebhook'] = 'Tell the sidecar about changes';
$string['tokenname'] = 'Mentorship sidecar';
$string['tooldescription'] = 'Mentoring of teachers: pairs, plans, documents.';
$string['toolname'] = 'Mentorship';
$string['warningcohortempty'] = 'The staff cohort is empty: nobody will be able to open the tool.';
$string['warningcurator'] = 'The curator "{$a}" is not in the staff cohort. Add this person to it, or the sidecar will not let them in.';
$string['warningcurl'] = 'Moodle\'s cURL security keeps it from reading the sidecar\'s keys. Open {$a->page}:';
$string['warningcurlhost'] = 'remove the entry that covers {$a->host} from "cURL blocked hosts list";';
$string['warningcurlport'] = 'add a line {$a->port} to "cURL allowed ports list";';
$string['warningsidecar'] = 'The sidecar notes: {$a}';
